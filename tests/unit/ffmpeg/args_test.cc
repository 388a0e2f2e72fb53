#include "ffmpeg/args.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace matinee::ffmpeg {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

VideoStream Video() {
  VideoStream video;
  video.codec = "h264";
  video.pixel_format = "yuv420p";
  video.width = 1920;
  video.height = 1080;
  video.color_space = "bt709";
  video.average_frame_rate = {24, 1};
  video.time_base = {1, 1000};
  return video;
}

std::string After(const Arguments& arguments, const std::string& option) {
  const auto at = std::find(arguments.begin(), arguments.end(), option);
  return at == arguments.end() || at + 1 == arguments.end() ? "" : *(at + 1);
}

ScreenshotPlan Shot() {
  ScreenshotPlan plan;
  plan.media_path = "/films/-i.mkv";
  plan.at_stream_seconds = 100;
  plan.seek_seconds = 99;
  plan.quality = 3;
  plan.image_path = "/out/%d.jpg";
  plan.thumbnail_path = "/out/small";
  return plan;
}

TEST(ArgumentsTest, PassEveryPathAsALocalFile) {
  const Arguments arguments = ScreenshotArguments(Video(), Shot());
  EXPECT_EQ(After(arguments, "-i"), "file:/films/-i.mkv");
  EXPECT_THAT(arguments, Contains("file:/out/%d.jpg"));
  EXPECT_EQ(After(arguments, "-update"), "1") << "or a percent sign would be a pattern";
  EXPECT_EQ(After(arguments, "-protocol_whitelist"), "file");
  EXPECT_EQ(ProbeArguments("/a b").back(), "file:/a b");
}

TEST(ArgumentsTest, AllowOnlyMediaContainers) {
  for (const auto& arguments : {ScreenshotArguments(Video(), Shot()), ProbeArguments("/a")}) {
    const std::string formats = After(arguments, "-format_whitelist");
    EXPECT_THAT(formats, HasSubstr("matroska"));
    for (const char* list : {"hls", "concat", "dash", "image2", "tty", "lavfi", "sdp"}) {
      EXPECT_THAT(formats, Not(HasSubstr(list)));
    }
  }
}

TEST(ArgumentsTest, MakeScreenshotAndThumbnailInOneRun) {
  const Arguments arguments = ScreenshotArguments(Video(), Shot());
  EXPECT_THAT(After(arguments, "-filter_complex"), HasSubstr("scale=480:270[small]"));
  EXPECT_EQ(After(arguments, "-q:v"), "3");
  ScreenshotPlan without = Shot();
  without.thumbnail_path.clear();
  EXPECT_THAT(After(ScreenshotArguments(Video(), without), "-filter_complex"),
              Not(HasSubstr("split")));
}

TEST(ArgumentsTest, DoNotSeekToZero) {
  ScreenshotPlan plan = Shot();
  plan.seek_seconds = 0;
  EXPECT_EQ(After(ScreenshotArguments(Video(), plan), "-ss"), "");
}

TEST(ArgumentsTest, ToneMapOnlyHdrAndScaleFirst) {
  EXPECT_THAT(After(ScreenshotArguments(Video(), Shot()), "-filter_complex"),
              Not(HasSubstr("tonemap")));
  VideoStream video = Video();
  video.width = 3840;
  video.height = 2160;
  video.dynamic_range = DynamicRange::kHybridLogGamma;
  const std::string graph = After(ScreenshotArguments(video, Shot()), "-filter_complex");
  EXPECT_THAT(graph, HasSubstr("color_trc=arib-std-b67"));
  EXPECT_LT(graph.find("scale=1920:1080"), graph.find("tonemap"));
}

ClipPlan Clip(const AudioStream* audio) {
  ClipPlan plan;
  plan.media_path = "/file";
  plan.start_stream_seconds = 100;
  plan.end_stream_seconds = 130;
  plan.seek_seconds = 99;
  plan.audio = audio;
  plan.threads = 3;
  plan.clip_path = "/out/clip";
  return plan;
}

AudioStream Audio(const std::string& codec) {
  AudioStream audio;
  audio.index = 2;
  audio.codec = codec;
  return audio;
}

TEST(ArgumentsTest, CutVideoAndAudioOfAPreciseClipAtTheSameTime) {
  const AudioStream audio = Audio("dts");
  const Arguments arguments = PreciseClipArguments(Video(), Clip(&audio));
  const std::string graph = After(arguments, "-filter_complex");
  EXPECT_THAT(graph, HasSubstr("]trim=start=100.000000:end=130.000000"));
  EXPECT_THAT(graph, HasSubstr("[0:2]atrim=start=100.000000:end=130.000000"));
  EXPECT_EQ(After(arguments, "-threads:v"), "4");
  EXPECT_EQ(After(arguments, "-c:a"), "aac");
  EXPECT_EQ(After(arguments, "-movflags"), "+faststart");
  EXPECT_THAT(PreciseClipArguments(Video(), Clip(nullptr)), Not(Contains("-c:a")));
}

TEST(ArgumentsTest, CopyStreamsThatMp4CanHoldIntoAFastClip) {
  for (const char* codec : {"aac", "ac3", "eac3", "dts", "opus", "mp3", "alac"}) {
    const AudioStream audio = Audio(codec);
    EXPECT_EQ(After(FastClipArguments(Video(), Clip(&audio), {}), "-c:a"), "copy") << codec;
  }
  for (const char* codec : {"pcm_s16le", "pcm_bluray", "truehd", "mlp", "flac", "wmav2"}) {
    const AudioStream audio = Audio(codec);
    EXPECT_EQ(After(FastClipArguments(Video(), Clip(&audio), {}), "-c:a"), "aac") << codec;
  }
  VideoStream video = Video();
  for (const char* codec : {"vp8", "theora", "ffv1", "wmv3"}) {
    video.codec = codec;
    EXPECT_FALSE(CanCopyVideoToMp4(video)) << codec;
  }
}

TEST(ArgumentsTest, TagHevcOfAFastClipForApple) {
  VideoStream video = Video();
  EXPECT_EQ(After(FastClipArguments(video, Clip(nullptr), {}), "-tag:v"), "");
  video.codec = "hevc";
  EXPECT_EQ(After(FastClipArguments(video, Clip(nullptr), {}), "-tag:v"), "hvc1");
}

}  // namespace
}  // namespace matinee::ffmpeg
