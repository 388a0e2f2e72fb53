// From "this instant of this film" to what FFmpeg is told: which stream, which time stamps, where
// to begin to read. Paths and threads are filled in by the caller.
//
// Thread safety: pure functions.
#pragma once

#include <optional>

#include "ffmpeg/args.h"
#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

// How far sound may be stored before the picture of the same instant (MPEG-TS and careless muxers;
// well-kept files: some hundredths of a second).
constexpr double kSoundLeadSeconds = 0.5;

// `at_seconds` is clamped to the film. `attempt` as in seek.h.
ScreenshotPlan PlanScreenshot(const MediaInfo& media, double at_seconds, int attempt);

// For a clip that is encoded anew.
ClipPlan PlanPreciseClip(const MediaInfo& media, double start_seconds, double end_seconds,
                         std::optional<int> audio_stream_index, int attempt);

// For a copied clip that begins where the seek lands.
ClipPlan PlanFastClip(const MediaInfo& media, double start_seconds, double end_seconds,
                      std::optional<int> audio_stream_index);

// Whether what a run copied first is a good beginning for a clip from `start_stream_seconds` on:
// not after the start, and with the sound near the picture.
bool BeginsWell(const ClipPlan& plan, std::optional<double> first_video_seconds,
                std::optional<double> first_audio_seconds);

}  // namespace matinee::ffmpeg
