#include "ffmpeg/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace matinee::ffmpeg {
namespace {

// The smallest HD height: untagged video is BT.709 from here, BT.601 below, as in players.
constexpr int kHighDefinitionHeight = 720;

int Even(double value) {
  return std::max(2, static_cast<int>(std::lround(value / 2)) * 2);
}

bool NeedsToneMapping(const VideoStream& video) {
  return video.dynamic_range != DynamicRange::kStandard;
}

Size FitToneMapped(Size size) {
  const double longer = std::max(size.width, size.height);
  const double shorter = std::min(size.width, size.height);
  const double factor =
      std::min({1.0, kToneMappedLongSideMax / longer, kToneMappedShortSideMax / shorter});
  return {Even(size.width * factor), Even(size.height * factor)};
}

std::string Scale(Size size) {
  return fmt::format("scale={}:{},setsar=1", size.width, size.height);
}

// BT.2020 light, PQ or HLG -> BT.709.
std::string ToneMap(const VideoStream& video) {
  const bool hlg = video.dynamic_range == DynamicRange::kHybridLogGamma;
  return fmt::format(
      "setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc,"
      "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
      "zscale=t=bt709:m=bt709:r=tv,format=yuv420p",
      hlg ? "arib-std-b67" : "smpte2084");
}

// JPEG viewers assume BT.601 full range (JFIF 1.02); without conversion, the greens and reds of
// BT.709 video would be slightly wrong.
std::string MatrixOf(const VideoStream& video) {
  if (NeedsToneMapping(video) || video.color_space == "bt709") return "bt709";
  if (video.color_space == "bt2020nc" || video.color_space == "bt2020c") return "bt2020";
  if (video.color_space == "smpte240m") return "smpte240m";
  if (video.color_space == "smpte170m" || video.color_space == "bt470bg") return "bt601";
  return video.height >= kHighDefinitionHeight ? "bt709" : "bt601";
}

bool IsYuv(const VideoStream& video) {
  return video.pixel_format.find("yuv") != std::string::npos;
}

}  // namespace

Size ScreenshotSize(const VideoStream& video) {
  const Size shown = DisplaySize(video);
  return NeedsToneMapping(video) ? FitToneMapped(shown) : shown;
}

Size ClipSize(const VideoStream& video) {
  const Size size = ScreenshotSize(video);
  return {std::max(2, size.width / 2 * 2), std::max(2, size.height / 2 * 2)};
}

Size ThumbnailSize(Size whole) {
  if (whole.width <= kThumbnailWidthMax) return whole;
  const double factor = static_cast<double>(kThumbnailWidthMax) / whole.width;
  return {kThumbnailWidthMax, Even(whole.height * factor)};
}

std::string ScreenshotFilters(const VideoStream& video) {
  std::string chain;
  if (NeedsToneMapping(video)) {
    chain = Scale(ScreenshotSize(video)) + "," + ToneMap(video) + ",";
  } else if (video.sample_aspect_ratio != Rational{1, 1}) {
    chain = Scale(ScreenshotSize(video)) + ",";
  }
  const std::string matrix = MatrixOf(video);
  if (matrix != "bt601" && (IsYuv(video) || NeedsToneMapping(video))) {
    // 9 ms for a 1080p frame; the scale filter takes 20.
    chain += "format=yuv420p,colormatrix=" + matrix + ":bt601,";
  }
  return chain + "format=yuvj420p";
}

std::string ClipFilters(const VideoStream& video) {
  if (NeedsToneMapping(video)) return Scale(ClipSize(video)) + "," + ToneMap(video);
  const Size shown = ScreenshotSize(video);
  const Size even = ClipSize(video);
  std::string chain;
  if (video.sample_aspect_ratio != Rational{1, 1}) chain = Scale(shown) + ",";
  if (shown != even) chain += fmt::format("crop={}:{}:0:0,", even.width, even.height);
  return chain + "format=yuv420p";
}

}  // namespace matinee::ffmpeg
