// Checks colour and geometry against what a television shows.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "ffmpeg_fixture.h"

namespace matinee::ffmpeg {
namespace {

using testfilms::Film;
using testfilms::Probe;
using testfilms::ReadFrames;
using testfilms::ReadLuma;
using ::testing::HasSubstr;

class FrameTest : public FilmTest {
 protected:
  // A screenshot and a precise clip of the film at 1.02 s.
  void Capture(const Film& film) {
    const auto info = Open(film);
    ASSERT_TRUE(info);
    info_ = info;
    const auto screenshot = encoder_.Screenshot(*info, {File(path_), 1.03},
                                                {Output("image"), Output("thumbnail")}, nullptr);
    ASSERT_TRUE(screenshot) << screenshot.error().message << said_;
    screenshot_ = *screenshot;
    const auto clip = encoder_.PreciseClip(*info, {File(path_), 1, 1.5, std::nullopt},
                                           Output("clip"), nullptr, nullptr);
    ASSERT_TRUE(clip) << clip.error().message << said_;
    clip_ = *clip;
    ASSERT_TRUE(MakePoster(Output("clip"), Output("poster"))) << said_;
    // Also of a copied clip, whose frames are the film's.
    ASSERT_TRUE(encoder_.FastClip(*info, {File(path_), 1, 1.5, std::nullopt}, Output("fast"),
                                  nullptr, nullptr));
    ASSERT_TRUE(MakePoster(Output("fast"), Output("fast poster"))) << said_;
  }

  void ExpectSize(const std::string& name, int width, int height) {
    const auto said = Probe(runner_, Output(name), "stream=width,height,sample_aspect_ratio");
    ASSERT_TRUE(said);
    EXPECT_THAT(*said, HasSubstr("width=" + std::to_string(width) + "\n")) << name;
    EXPECT_THAT(*said, HasSubstr("height=" + std::to_string(height) + "\n")) << name;
    const bool square =
        said->find("=1:1") != std::string::npos || said->find("=N/A") != std::string::npos;
    EXPECT_TRUE(square) << name << *said;
  }

  std::shared_ptr<const MediaInfo> info_;
  ScreenshotResult screenshot_;
  ClipResult clip_;
};

std::vector<std::string> Hdr(const std::string& transfer) {
  return {"-preset", "ultrafast",  "-x265-params", "log-level=error", "-color_primaries",
          "bt2020",  "-color_trc", transfer,       "-colorspace",     "bt2020nc"};
}

// A grey of 58 % of full scale beside the numbers: 203 nits in PQ, which is diffuse white.
constexpr const char* kGreyField = "drawbox=x=0:y=ih*6/8:w=iw:h=ih/4:c=0x949494:t=fill";

TEST_F(FrameTest, Hdr10IsToneMapped) {
  Capture({.name = "hdr10.mkv",
           .seconds = 2,
           .filters = kGreyField,
           .codec = "libx265",
           .codec_arguments = Hdr("smpte2084"),
           .pixel_format = "yuv420p10le"});
  ASSERT_EQ(info_->MainVideo().dynamic_range, DynamicRange::kPerceptualQuantizer);
  const auto film = ReadLuma(runner_, path_, 16, 8);
  for (const char* name : {"image", "clip", "thumbnail", "poster", "fast poster"}) {
    const auto luma = ReadLuma(runner_, Output(name), 16, 8);
    ASSERT_TRUE(luma && film && luma->size() == 128U);
    EXPECT_NEAR(luma->at(0), 0, 12) << "black stays black in " << name;
    EXPECT_GT(luma->at(7 * 16 + 5), film->at(7 * 16 + 5) + 20)
        << "diffuse white is not grey in " << name;
    EXPECT_LT(luma->at(7 * 16 + 5), 250) << "highlights have room in " << name;
  }
  EXPECT_EQ(ReadFrames(runner_, Output("image"))->front().number, 24);
  const auto tags = Probe(runner_, Output("clip"), "stream=color_transfer,color_primaries,pix_fmt");
  EXPECT_THAT(*tags, HasSubstr("color_transfer=bt709\n"));
  EXPECT_THAT(*tags, HasSubstr("color_primaries=bt709\n"));
  EXPECT_THAT(*tags, HasSubstr("pix_fmt=yuv420p\n"));
}

TEST_F(FrameTest, HlgIsToneMapped) {
  Capture({.name = "hlg.mkv",
           .seconds = 2,
           .filters = kGreyField,
           .codec = "libx265",
           .codec_arguments = Hdr("arib-std-b67"),
           .pixel_format = "yuv420p10le"});
  ASSERT_EQ(info_->MainVideo().dynamic_range, DynamicRange::kHybridLogGamma);
  const auto luma = ReadLuma(runner_, Output("image"), 16, 8);
  ASSERT_TRUE(luma);
  EXPECT_NEAR(luma->at(0), 0, 12);
  EXPECT_GT(luma->at(7 * 16 + 5), 60);
  EXPECT_LT(luma->at(7 * 16 + 5), 240);
  EXPECT_EQ(ReadFrames(runner_, Output("clip"))->front().number, 24);
}

TEST_F(FrameTest, UltraHdHdrIsScaledTo1080) {
  Capture({.name = "uhd hdr.mkv",
           .seconds = 1.6,
           .b_frames = 0,
           .size = "3840x1600",
           .codec = "libx265",
           .codec_arguments = Hdr("smpte2084"),
           .pixel_format = "yuv420p10le"});
  ExpectSize("image", 1920, 800);
  ExpectSize("clip", 1920, 800);
  ExpectSize("thumbnail", 480, 200);
  EXPECT_EQ(screenshot_.width, 1920);
  EXPECT_EQ(screenshot_.height, 800);
}

TEST_F(FrameTest, AnamorphicVideoGetsSquarePixels) {
  Capture({.name = "anamorphic.mkv",
           .frame_rate = "25",
           .seconds = 2,
           .size = "720x576",
           .filters = "setsar=64/45"});
  for (const char* name : {"image", "clip"}) ExpectSize(name, 1024, 576);
  ExpectSize("thumbnail", 480, 270);
  EXPECT_EQ(screenshot_.width, 1024);
  EXPECT_EQ(clip_.width, 1024);
  EXPECT_EQ(ReadFrames(runner_, Output("image"))->front().number, 25);
}

TEST_F(FrameTest, RotatedVideoIsUpright) {
  const auto upright = Open({.name = "upright.mp4", .seconds = 2});
  ASSERT_TRUE(upright);
  const std::string turned = Output("turned.mp4");
  ASSERT_TRUE(testfilms::RunOrFail(
      runner_, {"ffmpeg", "-v", "error", "-i", "file:" + path_, "-c", "copy", "-metadata:s:v:0",
                "rotate=90", "-f", "mp4", "-y", "file:" + turned}));
  const auto info = Analyse(turned);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_NE((*info)->MainVideo().rotation_degrees, 0);
  const auto shot = encoder_.Screenshot(**info, {File(turned), 1.03},
                                        {Output("image"), Output("thumbnail")}, nullptr);
  ASSERT_TRUE(shot) << shot.error().message;
  ExpectSize("image", 180, 320);
  const ClipRequest request{File(turned), 1, 1.5, std::nullopt};
  const auto precise = encoder_.PreciseClip(**info, request, Output("clip"), nullptr, nullptr);
  ASSERT_TRUE(precise);
  ExpectSize("clip", 180, 320);
  // The copied clip keeps the frames and the rotation.
  const auto fast = encoder_.FastClip(**info, request, Output("fast"), nullptr, nullptr);
  ASSERT_TRUE(fast) << fast.error().message << said_;
  EXPECT_EQ(fast->width, 180);
  EXPECT_EQ(fast->height, 320);
  const auto copied = Analyse(Output("fast"));
  ASSERT_TRUE(copied);
  EXPECT_EQ((*copied)->MainVideo().rotation_degrees, (*info)->MainVideo().rotation_degrees);
  ASSERT_TRUE(MakePoster(Output("fast"), Output("fast poster"))) << said_;
  ExpectSize("fast poster", 180, 320);
  // Rotated back, the number is readable.
  const auto read = [&](const std::string& name) {
    int best = -1;
    for (const char* back : {"transpose=1", "transpose=2"}) {
      const auto frames = ReadFrames(runner_, Output(name), back);
      if (frames && frames->front().number == 24) best = 24;
    }
    return best;
  };
  EXPECT_EQ(read("image"), 24);
  EXPECT_EQ(read("clip"), 24);
}

// Each field shows a separate number, so a frame has two: frame n has the numbers 2n and 2n + 1. A
// bar flickers, white in every third field.
Film Interlaced(const std::string& name) {
  return {
      .name = name,
      .frame_rate = "50",
      .seconds = 4,
      .size = "352x288",
      .filters =
          "drawbox=y=ih*6/8:h=ih/8:c=white:t=fill:enable='lt(mod(n,3),1)',"
          "tinterlace=interleave_top,setfield=tff",
      .codec_arguments = {"-preset", "veryfast", "-flags", "+ilme+ildct", "-x264-params", "tff=1"}};
}

class InterlacedVideoTest : public FrameTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(InterlacedVideoTest, AreDeinterlaced) {
  Capture(Interlaced("interlaced." + GetParam()));
  const int frame = screenshot_.frame_seconds < 1 ? 24 : 25;
  for (const char* name : {"image", "clip"}) {
    const auto luma = ReadLuma(runner_, Output(name), 352, 288);
    ASSERT_TRUE(luma);
    // Combed, the rows of the bar would be black and white in turn.
    int changes = 0;
    const int column = 200;
    for (int row = 288 * 6 / 8 + 4; row < 288 * 7 / 8 - 5; ++row) {
      const auto at = static_cast<size_t>(row * 352 + column);
      if (std::abs(luma->at(at) - luma->at(at + 352)) > 100) ++changes;
    }
    EXPECT_LE(changes, 1) << name;
  }
  EXPECT_EQ(ReadFrames(runner_, Output("image"))->front().number / 2, frame);
  const auto clip = ReadFrames(runner_, Output("clip"));
  EXPECT_NEAR(static_cast<double>(clip->size()), 12.5, 0.6);
  EXPECT_EQ(clip->front().number / 2, 25);
  EXPECT_NEAR(clip_.start_seconds, 1, 0.05);
}

// Matroska declares "progressive" here, MPEG-TS "interlaced": the frames are the same.
INSTANTIATE_TEST_SUITE_P(WhateverTheContainerSays, InterlacedVideoTest,
                         ::testing::Values("mkv", "ts"));

TEST_F(FrameTest, HighDefinitionKeepsItsColours) {
  // Pure BT.709 red: left unconverted, a JPEG viewer would show (233, 0, 1).
  const Film film{.name = "red.mkv",
                  .seconds = 2,
                  .size = "1280x720",
                  .filters =
                      "format=rgb24,drawbox=c=0xFF0000:t=fill,"
                      "scale=out_color_matrix=bt709,format=yuv420p",
                  .codec_arguments = {"-preset", "ultrafast", "-crf", "10", "-colorspace", "bt709",
                                      "-color_primaries", "bt709", "-color_trc", "bt709"}};
  Capture(film);
  const auto pixels = testfilms::RunOrFail(
      runner_, {"ffmpeg", "-v", "error", "-i", "file:" + Output("image"), "-vf",
                "scale=1:1:in_range=pc:in_color_matrix=bt601,format=rgb24", "-f", "rawvideo", "-"});
  ASSERT_TRUE(pixels && pixels->out.size() == 3);
  EXPECT_GT(static_cast<unsigned char>(pixels->out[0]), 247);
  EXPECT_LT(static_cast<unsigned char>(pixels->out[1]), 8);
}

TEST_F(FrameTest, OddSizesBecomeEvenClips) {
  Capture({.name = "odd.mkv",
           .seconds = 2,
           .filters = "scale=321:181,setsar=1",
           .codec = "ffv1",
           .codec_arguments = {}});
  ExpectSize("image", 321, 181);
  ExpectSize("clip", 320, 180);
  EXPECT_EQ(clip_.width, 320);
}

TEST_F(FrameTest, CoverArtIsSkipped) {
  const auto info = Open({.name = "plain.mkv"});
  ASSERT_TRUE(info);
  const std::string film = Output("with cover.mp4");
  ASSERT_TRUE(encoder_.Screenshot(*info, {File(path_), 0}, {Output("cover.jpg"), ""}, nullptr));
  ASSERT_TRUE(testfilms::RunOrFail(
      runner_, {"ffmpeg", "-v", "error", "-i", "file:" + path_, "-i", Output("cover.jpg"), "-map",
                "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic", "-y", film}));
  const auto with_cover = Analyse(film);
  ASSERT_TRUE(with_cover) << with_cover.error().message;
  EXPECT_EQ((*with_cover)->MainVideo().codec, "h264");
  const auto shot =
      encoder_.Screenshot(**with_cover, {File(film), 1.03}, {Output("image"), ""}, nullptr);
  ASSERT_TRUE(shot) << shot.error().message << said_;
  EXPECT_EQ(ReadFrames(runner_, Output("image"))->front().number, 24);
  const auto clip = encoder_.FastClip(**with_cover, {File(film), 2.5, 4, std::nullopt},
                                      Output("clip"), nullptr, nullptr);
  ASSERT_TRUE(clip) << clip.error().message << said_;
  const auto streams = Probe(runner_, Output("clip"), "stream=codec_name");
  EXPECT_THAT(*streams, ::testing::Not(HasSubstr("mjpeg")));
}

}  // namespace
}  // namespace matinee::ffmpeg
