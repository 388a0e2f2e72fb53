// Where FFmpeg must begin to read so that a given instant of the film is surely decoded.
//
// Facts (FFmpeg 5.1, fftools/ffmpeg_opt.c open_input_file and libavformat/seek.c; measured):
// - `-ss` before `-i` counts from the container's start, also with -copyts.
// - For demuxers without AVFMT_SEEK_TO_PTS the command line seeks 3/23 s before what it was asked
//   for if any stream reorders pictures. For an instant just after a keyframe that means decoding
//   the whole GOP before it (18 times slower in GOPs of 10 s). Passing 3/23 s more undoes it.
// - MPEG-TS, MPEG-PS and Ogg have no index: the seek lands anywhere inside a GOP, and decoding
//   begins at the *next* keyframe. There we must begin a whole GOP early.
// - In MP4 with variable frame rate a seek by decoding time may land behind the instant.
// What cannot be known beforehand is verified afterwards: the caller looks at the first decoded
// time stamp, and where it is too late tries again with the next attempt.
//
// Thread safety: pure functions.
#pragma once

#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

// Attempts 0, 1, ... kSeekAttempts - 1 begin ever earlier; the last at the film's beginning.
constexpr int kSeekAttempts = 5;

// Two time stamps closer than this are the same: what FFprobe prints is rounded to microseconds.
constexpr double kSameTimeSeconds = 2e-6;

// The `-ss` value (0 or more; 0 means "do not seek") to decode the film from `film_seconds` on, and
// `lead_seconds` before: sound may be stored a little before its picture.
double SeekSeconds(const MediaInfo& media, double film_seconds, double lead_seconds, int attempt);

// Film time -> stream time, the clock of the file's own time stamps, and back.
double ToStreamTime(const MediaInfo& media, double film_seconds);
double ToFilmTime(const MediaInfo& media, double stream_seconds);

}  // namespace matinee::ffmpeg
