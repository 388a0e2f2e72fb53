// Computes where FFmpeg must begin to read so that a given time of the media is decoded.
//
// Facts (FFmpeg 5.1, fftools/ffmpeg_opt.c open_input_file and libavformat/seek.c; measured):
// - `-ss` before `-i` counts from the container's start, also with -copyts.
// - For demuxers without AVFMT_SEEK_TO_PTS the command line seeks 3/23 s before the
//   requested time if any stream reorders frames. For a time just after a keyframe that means
//   decoding the whole GOP before it (18 times slower in GOPs of 10 s). Passing 3/23 s more undoes
//   it.
// - MPEG-TS, MPEG-PS and Ogg have no index: the seek lands anywhere inside a GOP, and decoding
//   begins at the *next* keyframe. There the seek must be a whole GOP early.
// - In MP4 with variable frame rate a seek by decoding time may land after the time.
// The result is verified: the caller checks the first decoded time stamp, and if it is too late,
// retries with the next attempt.
//
// Thread safety: pure functions.
#pragma once

#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

// Attempts 0, 1, ... kSeekAttempts - 1 begin earlier each time; the last at the beginning.
constexpr int kSeekAttempts = 5;

// Two time stamps closer than this are the same: what FFprobe prints is rounded to microseconds.
constexpr double kSameTimeSeconds = 2e-6;

// The `-ss` value (0 or more; 0 means "do not seek") to decode from `media_seconds` on, and
// `lead_seconds` before: audio may be stored a little before its video.
double SeekSeconds(const MediaInfo& media, double media_seconds, double lead_seconds, int attempt);

// Media time -> stream time (the time stamps of the file), and back.
double ToStreamTime(const MediaInfo& media, double media_seconds);
double ToMediaTime(const MediaInfo& media, double stream_seconds);

}  // namespace matinee::ffmpeg
