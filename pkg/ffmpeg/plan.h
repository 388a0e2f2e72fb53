// Plans a run of FFmpeg for a time in a media file: the streams, the time stamps, the seek point.
// The caller fills in paths and threads.
//
// Thread safety: pure functions.
#pragma once

#include <optional>

#include "ffmpeg/args.h"
#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

// How far audio may be stored before the video of the same time (MPEG-TS and careless muxers; good
// files: some hundredths of a second).
constexpr double kAudioLeadSeconds = 0.5;

// `at_seconds` is clamped to the duration. `attempt` as in seek.h.
ScreenshotPlan PlanScreenshot(const MediaInfo& media, double at_seconds, int attempt);

// For an encoded clip.
ClipPlan PlanPreciseClip(const MediaInfo& media, double start_seconds, double end_seconds,
                         std::optional<int> audio_stream_index, int attempt);

// For a copied clip that begins where the seek lands.
ClipPlan PlanFastClip(const MediaInfo& media, double start_seconds, double end_seconds,
                      std::optional<int> audio_stream_index);

// Whether the first copied packets are an acceptable beginning for the clip: not after its start,
// and with the audio near the video.
bool BeginsAcceptably(const ClipPlan& plan, std::optional<double> first_video_seconds,
                      std::optional<double> first_audio_seconds);

}  // namespace matinee::ffmpeg
