// Builds the filters that make frames look as on a television: square pixels, deinterlaced,
// standard dynamic range, and the colours that a JPEG viewer expects.
//
// FFmpeg itself rotates the video before these filters.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "ffmpeg/media_info.h"

namespace matinee::ffmpeg {

constexpr int kThumbnailWidthMax = 480;

// Tone mapping works on floats: 4K is scaled to this first (829 instead of 1117 ms a frame, 411
// instead of 671 MB; measured).
constexpr int kToneMappedLongSideMax = 1920;
constexpr int kToneMappedShortSideMax = 1080;

// Size of a screenshot.
Size ScreenshotSize(const VideoStream& video);
// Size of an encoded clip: as a screenshot, but even in both dimensions, as H.264 4:2:0 requires.
Size ClipSize(const VideoStream& video);
// At most kThumbnailWidthMax wide, never larger than `whole`, even.
Size ThumbnailSize(Size whole);

// Filter chains, joined by commas; never empty.
std::string ScreenshotFilters(const VideoStream& video);  // Ends in yuvj420p.
std::string ClipFilters(const VideoStream& video);        // Ends in yuv420p, 8 bits.

}  // namespace matinee::ffmpeg
