#include "ffmpeg/resources.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ffmpeg/filters.h"

namespace matinee::ffmpeg {
namespace {

constexpr int64_t kMebibyte = 1024 * 1024;

// Measured with FFmpeg 5.1 (screenshots unless said otherwise; peak of resident memory):
//   1920x1080 H.264, 1, 2, 4, 8 threads:       88, 93, 106, 130 MB
//   3840x2160 HEVC of 10 bits, HDR, 2 threads:  411 MB
//   7680x4320 HEVC of 10 bits, HDR, 2 threads: 1030 MB
//   16384x4096 PNG, rgb48, 1 and 2 threads:    1194, 1598 MB
//   8192x8192 FFV1, yuv420p16, 2 threads:      1080 MB
//   1920x1080 H.264, 2 threads, precise clip:  445 MB
constexpr double kProgramBytes = 80e6;       // Libraries, tables, small buffers.
constexpr double kToneMappingBytes = 120e6;  // Floats, at 1920x1080.
// A converted frame, and what the encoder of JPEG prepares for it.
constexpr double kJpegBytesPerPixel = 4.5;
// x264 looks some 40 frames ahead, and each of its threads has frames.
constexpr double kX264BytesPerPixel = 140;
constexpr double kX264BytesPerPixelAndThread = 10;

// Codecs without references to other frames; each thread decodes its own.
constexpr std::array<std::string_view, 13> kIntraOnly = {
    "png",     "ffv1",  "mjpeg",   "prores",  "dnxhd",   "rawvideo", "jpeg2000",
    "dvvideo", "qtrle", "huffyuv", "ffvhuff", "utvideo", "magicyuv"};

// What a decoder holds: reference and reordered frames (16 at small sizes, 6 at the largest of a
// level), and those that its threads work at.
double DecodedFrames(const VideoStream& video, int threads) {
  const bool intra_only =
      std::find(kIntraOnly.begin(), kIntraOnly.end(), video.codec) != kIntraOnly.end();
  return intra_only ? threads + 1.5 : 5 + 2 * threads;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Samples of all planes, by the name that FFmpeg has for the format.
double SamplesPerPixel(std::string_view format) {
  const double alpha = Contains(format, "yuva") || Contains(format, "gbra") ? 1 : 0;
  if (Contains(format, "420") || format.starts_with("nv12") || format.starts_with("p0")) {
    return 1.5 + alpha;
  }
  if (Contains(format, "411") || Contains(format, "410")) return 1.5 + alpha;
  if (Contains(format, "422") || Contains(format, "440")) return 2 + alpha;
  if (Contains(format, "gray") || Contains(format, "mono") || format == "pal8") return 1;
  if (Contains(format, "rgba") || Contains(format, "bgra") || Contains(format, "argb")) return 4;
  if (Contains(format, "abgr") || format.empty()) return 4;
  return 3 + alpha;  // 444, rgb, gbrp.
}

double FrameBytes(const VideoStream& video) {
  const bool is_wide = video.bit_depth > 8 || Contains(video.pixel_format, "48") ||
                       Contains(video.pixel_format, "64") || Contains(video.pixel_format, "16");
  // Width and height as coded: multiples of 16 and a margin are lost in the rounding.
  return static_cast<double>(video.width) * video.height * SamplesPerPixel(video.pixel_format) *
         (is_wide ? 2 : 1);
}

double Pixels(Size size) {
  return static_cast<double>(size.width) * size.height;
}

double DecodingBytes(const VideoStream& video, int threads) {
  const bool is_hdr = video.dynamic_range != DynamicRange::kStandard;
  return kProgramBytes + FrameBytes(video) * DecodedFrames(video, threads) +
         (is_hdr ? kToneMappingBytes : 0);
}

}  // namespace

int64_t EstimateMemoryBytes(const VideoStream& video, Work work, int threads) {
  double bytes = 0;
  switch (work) {
    case Work::kScreenshot:
      bytes = DecodingBytes(video, threads) + Pixels(ScreenshotSize(video)) * kJpegBytesPerPixel;
      break;
    case Work::kPoster:
      bytes = DecodingBytes(video, 1) + Pixels(ScreenshotSize(video)) * kJpegBytesPerPixel;
      break;
    case Work::kFastClip:
      bytes = kProgramBytes + 2 * FrameBytes(video);  // FFmpeg decodes one to know the format.
      break;
    case Work::kPreciseClip:
      bytes = DecodingBytes(video, threads) +
              Pixels(ClipSize(video)) *
                  (kX264BytesPerPixel + kX264BytesPerPixelAndThread * threads * 1.5);
      break;
  }
  return static_cast<int64_t>(bytes);
}

int64_t EstimateFileBytesMax(const VideoStream& video, Work work, int64_t source_bytes,
                             double seconds) {
  // A file's frame and index, sound that is encoded again, and rounding.
  constexpr int64_t kAnyBytes = 256 * kMebibyte;
  constexpr double kBytesPerPixelMax = 4;  // More than raw.
  // x264 at this quality stays far below a byte per pixel, also for noise.
  constexpr double kEncodedBytesPerPixelMax = 1;
  constexpr double kFrameRateMin = 60;
  constexpr double kFrameRateMax = 240;
  const Size size = ClipSize(video);
  const double pixels = static_cast<double>(size.width) * size.height;
  switch (work) {
    case Work::kScreenshot:
    case Work::kPoster:
      return kAnyBytes + static_cast<int64_t>(pixels * kBytesPerPixelMax);
    case Work::kFastClip:
      return kAnyBytes + source_bytes;
    case Work::kPreciseClip:
      break;
  }
  const double rate =
      std::clamp(std::max(video.average_frame_rate.value(), video.real_frame_rate.value()),
                 kFrameRateMin, kFrameRateMax);
  return kAnyBytes + static_cast<int64_t>(pixels * kEncodedBytesPerPixelMax * rate * seconds);
}

int64_t AddressSpaceBytesMax(int64_t memory_bytes, int cpus) {
  constexpr int64_t kBaseBytes = 2048 * kMebibyte;
  // Each of them has several threads, and each thread a stack of 8 and a heap of 64 MiB.
  constexpr int64_t kBytesPerCpu = 512 * kMebibyte;
  constexpr int kMemoryFactor = 3;
  return kBaseBytes + kMemoryFactor * memory_bytes + cpus * kBytesPerCpu;
}

process::Limits ProbeLimits() {
  process::Limits limits;
  // A few frames of the largest size that is decoded (kPixelsMax in args.cc).
  limits.address_space_bytes_max = 8192 * kMebibyte;
  limits.file_bytes_max = kMebibyte;
  return limits;
}

}  // namespace matinee::ffmpeg
