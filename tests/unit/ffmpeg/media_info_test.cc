#include "ffmpeg/media_info.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee::ffmpeg {
namespace {

std::string Probe(const std::string& streams,
                  const std::string& format = R"("format_name": "matroska,webm", "start_time":
                 "12.345000", "duration": "5400.040000", "size": "1234567890123")") {
  return R"({"programs": [], "streams": [)" + streams + R"(], "format": {)" + format + "}}";
}

constexpr const char* kH264 = R"({"index": 0, "codec_name": "h264", "profile": "High",
  "codec_type": "video", "width": 1920, "height": 1080, "has_b_frames": 2,
  "sample_aspect_ratio": "1:1", "pix_fmt": "yuv420p", "field_order": "progressive",
  "color_space": "bt709", "r_frame_rate": "24000/1001", "avg_frame_rate": "24000/1001",
  "time_base": "1/1000", "start_time": "12.366000", "bits_per_raw_sample": "8",
  "disposition": {"default": 1, "attached_pic": 0}, "tags": {"DURATION": "01:30:12.385000000"}})";

std::string Video(const std::string& more) {
  return R"({"index": 0, "codec_name": "hevc", "codec_type": "video", "width": 3840, "height": 2160,
    "pix_fmt": "yuv420p10le", )" +
         more + "}";
}

TEST(ParseProbeTest, ParsesAnOrdinaryFile) {
  const auto info = ParseProbe(Probe(kH264));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, "matroska,webm");
  EXPECT_EQ(info->seek_kind, SeekKind::kByIndex);
  EXPECT_DOUBLE_EQ(info->start_time_seconds, 12.345);
  EXPECT_DOUBLE_EQ(info->duration_seconds, 5400.04);
  EXPECT_EQ(info->size_bytes, 1234567890123);
  const VideoStream& video = info->MainVideo();
  EXPECT_EQ(video.codec, "h264");
  EXPECT_EQ(video.width, 1920);
  EXPECT_EQ(video.bit_depth, 8);
  EXPECT_EQ(video.reordered_frames, 2);
  EXPECT_EQ(video.average_frame_rate, (Rational{24000, 1001}));
  EXPECT_EQ(video.time_base, (Rational{1, 1000}));
  EXPECT_FALSE(video.interlaced);
  EXPECT_EQ(video.color_space, "bt709");
  // Matroska's tag is the stream's end.
  EXPECT_NEAR(*video.duration_seconds, 5400.019, 1e-9);
}

TEST(ParseProbeTest, FindsTheSeekKindOfEachContainer) {
  const auto kind = [](const std::string& name) {
    return ParseProbe(Probe(kH264, R"("format_name": ")" + name + "\""))->seek_kind;
  };
  EXPECT_EQ(kind("mov,mp4,m4a,3gp,3g2,mj2"), SeekKind::kByPts);
  EXPECT_EQ(kind("mpegts"), SeekKind::kByPosition);
  EXPECT_EQ(kind("mpeg"), SeekKind::kByPosition);
  EXPECT_EQ(kind("avi"), SeekKind::kByIndex);
}

TEST(ParseProbeTest, DetectsHdrFromTagsAndSideData) {
  const auto range = [](const std::string& more) {
    return ParseProbe(Probe(Video(more)))->MainVideo().dynamic_range;
  };
  EXPECT_EQ(range(R"("color_transfer": "smpte2084")"), DynamicRange::kPerceptualQuantizer);
  EXPECT_EQ(range(R"("color_transfer": "arib-std-b67")"), DynamicRange::kHybridLogGamma);
  EXPECT_EQ(range(R"("color_transfer": "bt709")"), DynamicRange::kStandard);
  EXPECT_EQ(range(R"("color_primaries": "bt2020")"), DynamicRange::kStandard);
  EXPECT_EQ(range(R"("color_primaries": "bt2020",
                     "side_data_list": [{"side_data_type": "Mastering display metadata"}])"),
            DynamicRange::kPerceptualQuantizer);
}

TEST(ParseProbeTest, ReadsDolbyVision) {
  const auto info = ParseProbe(Probe(Video(
      R"("side_data_list": [{"side_data_type": "DOVI configuration record", "dv_profile": 5}])")));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->MainVideo().dolby_vision_profile, 5);
  EXPECT_EQ(info->MainVideo().dynamic_range, DynamicRange::kPerceptualQuantizer);
}

TEST(ParseProbeTest, FindsTheBitDepthInThePixelFormat) {
  const auto depth = [](const std::string& format) {
    return ParseProbe(Probe(R"({"codec_name": "hevc", "codec_type": "video", "width": 16,
                               "height": 16, "pix_fmt": ")" +
                            format + "\"}"))
        ->MainVideo()
        .bit_depth;
  };
  EXPECT_EQ(depth("yuv420p"), 8);
  EXPECT_EQ(depth("yuv420p10le"), 10);
  EXPECT_EQ(depth("p010le"), 10);
  EXPECT_EQ(depth("yuv444p12be"), 12);
}

TEST(ParseProbeTest, SkipsCoverArt) {
  const std::string cover = R"({"index": 1, "codec_name": "mjpeg", "codec_type": "video",
    "width": 600, "height": 900, "disposition": {"default": 1, "attached_pic": 1}})";
  const auto info = ParseProbe(Probe(cover + "," + kH264));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->video.size(), 1U);
  EXPECT_EQ(info->MainVideo().codec, "h264");
  const auto only_cover = ParseProbe(Probe(cover));
  ASSERT_FALSE(only_cover);
  EXPECT_EQ(only_cover.error().code, Code::kMediaError);
}

TEST(ParseProbeTest, ChoosesTheDefaultStreams) {
  const std::string audio = R"({"index": 1, "codec_name": "ac3", "codec_type": "audio",
      "channels": 6, "tags": {"language": "ger"}},
    {"index": 2, "codec_name": "aac", "codec_type": "audio", "channels": 2,
      "disposition": {"default": 1}}, {"index": 3, "codec_name": "subrip", "codec_type": "subtitle"})";
  const auto info = ParseProbe(Probe(std::string(kH264) + "," + audio));
  ASSERT_TRUE(info);
  ASSERT_EQ(info->audio.size(), 2U);
  EXPECT_EQ(info->audio[0].language, "ger");
  EXPECT_EQ(info->ChooseAudio(std::nullopt)->index, 2);
  EXPECT_EQ(info->ChooseAudio(1)->index, 1);
  EXPECT_EQ(info->ChooseAudio(3)->index, 2) << "a subtitle is not audio";
  EXPECT_EQ(info->ChooseAudio(-7)->index, 2);
  EXPECT_EQ(ParseProbe(Probe(kH264))->ChooseAudio(1), nullptr);
}

TEST(ParseProbeTest, DisplaySizeIsRotatedWithSquarePixels) {
  const auto size = [](const std::string& more) {
    const auto info = ParseProbe(Probe(R"({"codec_name": "mpeg2video", "codec_type": "video",
      "width": 720, "height": 576, )" + more +
                                       "}"));
    return DisplaySize(info->MainVideo());
  };
  EXPECT_EQ(size(R"("sample_aspect_ratio": "64:45")"), (Size{1024, 576}));
  EXPECT_EQ(size(R"("sample_aspect_ratio": "8:9")"), (Size{640, 576}));
  EXPECT_EQ(size(R"("sample_aspect_ratio": "0:1")"), (Size{720, 576}));
  EXPECT_EQ(size(R"("sample_aspect_ratio": "1000000:1")"), (Size{720, 576}));
  const std::string turned =
      R"("side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}])";
  EXPECT_EQ(size(turned), (Size{576, 720}));
}

TEST(ParseProbeTest, ReadsTheRotationClockwise) {
  const auto rotation = [](const std::string& degrees) {
    return ParseProbe(Probe(Video(R"("side_data_list": [{"side_data_type": "Display Matrix",
      "rotation": )" + degrees + "}]")))
        ->MainVideo()
        .rotation_degrees;
  };
  EXPECT_EQ(rotation("-90"), 90);
  EXPECT_EQ(rotation("90"), 270);
  EXPECT_EQ(rotation("180"), 180);
  EXPECT_EQ(rotation("1e300"), 0);
  EXPECT_EQ(rotation("\"nan\""), 0);
}

TEST(ParseProbeTest, DetectsInterlacing) {
  EXPECT_TRUE(ParseProbe(Probe(Video(R"("field_order": "tt")")))->MainVideo().interlaced);
  EXPECT_TRUE(ParseProbe(Probe(Video(R"("field_order": "bt")")))->MainVideo().interlaced);
  EXPECT_FALSE(ParseProbe(Probe(Video(R"("field_order": "unknown")")))->MainVideo().interlaced);
}

TEST(ParseProbeTest, RejectsTextThatIsNotFfprobesOutput) {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"streams": 7, "format": {}})",
                           R"({"streams": []})", R"({"streams": [], "format": {}})",
                           R"({"streams": [null, 1, "x", []], "format": {}})", "\xFF\xFE"}) {
    const auto info = ParseProbe(text);
    ASSERT_FALSE(info) << text;
    EXPECT_EQ(info.error().code, Code::kMediaError);
    EXPECT_FALSE(info.error().message.empty());
  }
}

TEST(ParseProbeTest, SurvivesWrongTypesAndHugeNumbers) {
  const auto info = ParseProbe(Probe(
      R"({"index": -1, "codec_name": "h264", "codec_type": "video", "width": 16, "height": 16,
          "has_b_frames": 99999999999, "time_base": "1/0", "start_time": "1e400",
          "r_frame_rate": "-1/-1", "disposition": 3, "tags": "x", "duration": {},
          "side_data_list": {"a": 1}})",
      R"("format_name": 7, "start_time": [], "duration": "-5", "size": 18446744073709551615)"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->MainVideo().index, 0);
  EXPECT_EQ(info->MainVideo().time_base.value(), 0);
  EXPECT_EQ(info->start_time_seconds, 0);
  EXPECT_EQ(info->duration_seconds, 0);
  EXPECT_EQ(info->size_bytes, 0);
}

TEST(ParseProbeTest, RejectsTooManyStreams) {
  std::string streams = kH264;
  for (size_t i = 0; i < kStreamsMax; ++i) streams += R"(,{"codec_type": "audio"})";
  EXPECT_FALSE(ParseProbe(Probe(streams)));
}

TEST(ParseKeyframesTest, ReturnsKeyframesInOrderAndSkipsTheRest) {
  const auto keyframes = ParseKeyframes(
      "3602.4,3602.3,K__,\n\n3605.088000,3605.0,__,\n3600.4,N/A,K_\nN/A,N/A,K_\nx\n,,K\nN/"
      "A,7,K_\n");
  EXPECT_EQ(keyframes, (std::vector<Keyframe>{{7, 7}, {3600.4, 3600.4}, {3602.4, 3602.3}}));
}

}  // namespace
}  // namespace matinee::ffmpeg
