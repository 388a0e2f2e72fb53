#include "ffmpeg/resources.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

VideoStream Video(const std::string& codec, const std::string& format, int width, int height,
                  int bits = 8) {
  VideoStream video;
  video.codec = codec;
  video.pixel_format = format;
  video.width = width;
  video.height = height;
  video.bit_depth = bits;
  video.average_frame_rate = {25, 1};
  return video;
}

VideoStream Hdr(int width, int height) {
  VideoStream video = Video("hevc", "yuv420p10le", width, height, 10);
  video.dynamic_range = DynamicRange::kPerceptualQuantizer;
  return video;
}

double MegabytesOf(const VideoStream& video, Work work, int threads) {
  return static_cast<double>(EstimateMemoryBytes(video, work, threads)) / 1e6;
}

// The measurements stand in resources.cc.
TEST(EstimateMemoryTest, IsNearWhatWasMeasured) {
  struct Row {
    VideoStream video;
    int threads;
    double measured;
  };
  const std::vector<Row> rows = {
      {Video("h264", "yuv420p", 1920, 1080), 1, 88},
      {Video("h264", "yuv420p", 1920, 1080), 8, 130},
      {Hdr(3840, 2160), 2, 411},
      {Hdr(7680, 4320), 2, 1030},
      {Video("png", "rgb48le", 16384, 4096, 16), 1, 1194},
      {Video("png", "rgb48le", 16384, 4096, 16), 2, 1598},
      {Video("ffv1", "yuv420p16le", 8192, 8192, 16), 2, 1080},
  };
  for (const Row& row : rows) {
    const double estimate = MegabytesOf(row.video, Work::kScreenshot, row.threads);
    EXPECT_GT(estimate, row.measured * 0.95) << row.video.codec << " " << row.threads;
    EXPECT_LT(estimate, row.measured * 1.5) << row.video.codec << " " << row.threads;
  }
}

TEST(EstimateMemoryTest, KnowsWhatEncodingTakes) {
  const double clip = MegabytesOf(Video("h264", "yuv420p", 1920, 1080), Work::kPreciseClip, 2);
  EXPECT_GT(clip, 445);
  EXPECT_LT(clip, 550);
}

TEST(EstimateMemoryTest, GrowsWithTheFrameAndWithTheWork) {
  const VideoStream hd = Video("h264", "yuv420p", 1920, 1080);
  const VideoStream uhd = Video("h264", "yuv420p", 3840, 2160);
  for (const Work work : {Work::kScreenshot, Work::kFastClip, Work::kPreciseClip, Work::kPoster}) {
    EXPECT_LT(MegabytesOf(hd, work, 2), MegabytesOf(uhd, work, 2));
    EXPECT_LT(MegabytesOf(hd, work, 2), 600) << "five of them fit into 4 GB";
  }
  EXPECT_LT(MegabytesOf(uhd, Work::kFastClip, 2), MegabytesOf(uhd, Work::kScreenshot, 2));
  EXPECT_LT(MegabytesOf(uhd, Work::kScreenshot, 2), MegabytesOf(uhd, Work::kPreciseClip, 2));
}

TEST(EstimateMemoryTest, CountsTheBytesOfUnusualFormats) {
  const auto bytes_of = [](const std::string& format, int bits) {
    return MegabytesOf(Video("png", format, 4000, 4000, bits), Work::kScreenshot, 1);
  };
  EXPECT_LT(bytes_of("gray", 8), bytes_of("yuv420p", 8));
  EXPECT_LT(bytes_of("yuv420p", 8), bytes_of("yuv444p", 8));
  EXPECT_LT(bytes_of("yuv444p", 8), bytes_of("rgba", 8));
  EXPECT_LT(bytes_of("rgba", 8), bytes_of("rgba64le", 16));
  EXPECT_EQ(bytes_of("", 8), bytes_of("rgba", 8)) << "unknown";
}

TEST(EstimateFileTest, IsFarMoreThanACaptureTakes) {
  const VideoStream hd = Video("h264", "yuv420p", 1920, 1080);
  constexpr int64_t kGigabyte = 1'000'000'000;
  // The largest JPEG of this size is 6 MB, ten minutes of noise at -crf 18 are 10 GB.
  EXPECT_GT(EstimateFileBytesMax(hd, Work::kScreenshot, 0, 0), 50'000'000);
  EXPECT_LT(EstimateFileBytesMax(hd, Work::kScreenshot, 0, 0), kGigabyte);
  EXPECT_GT(EstimateFileBytesMax(hd, Work::kPreciseClip, 0, 600), 15 * kGigabyte);
  EXPECT_GT(EstimateFileBytesMax(hd, Work::kFastClip, 40 * kGigabyte, 600), 40 * kGigabyte);
}

TEST(AddressSpaceTest, LeavesRoomForWhatIsOnlyReserved) {
  EXPECT_GT(AddressSpaceBytesMax(100'000'000, 2), 3'000'000'000);
  EXPECT_GT(AddressSpaceBytesMax(100'000'000, 64), 30'000'000'000);
  EXPECT_GT(AddressSpaceBytesMax(2'000'000'000, 2), 8'000'000'000);
}

}  // namespace
}  // namespace matinee::ffmpeg
