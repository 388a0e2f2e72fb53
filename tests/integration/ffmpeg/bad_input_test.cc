// Invalid media files and hostile names: a clear error, or the right frame.
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ffmpeg_fixture.h"

namespace matinee::ffmpeg {
namespace {

using testfilms::ReadFrames;
using ::testing::HasSubstr;

class BadInputTest : public FilmTest {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = Output(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  Error ErrorOf(const std::string& path) {
    const auto info = Analyse(path);
    EXPECT_FALSE(info) << path;
    return info ? Error{} : info.error();
  }

  std::string FilmBytes(const std::string& name) {
    EXPECT_TRUE(Open({.name = name}));
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(BadInputTest, AFileThatIsNotMediaIsRejectedWithAReason) {
  EXPECT_EQ(ErrorOf(Output("missing.mkv")).code, Code::kNotFound);
  EXPECT_THAT(ErrorOf(Output("missing.mkv")).message, HasSubstr("path mapping"));
  EXPECT_EQ(ErrorOf(folder_.path()).code, Code::kMediaError);
  EXPECT_THAT(ErrorOf(folder_.path()).message, HasSubstr("folder"));
  EXPECT_THAT(ErrorOf(Write("empty.mkv", "")).message, HasSubstr("empty"));
  EXPECT_THAT(ErrorOf(Write("disc.iso", "CD001")).message, HasSubstr("disc image"));
  EXPECT_EQ(ErrorOf(Write("text.mkv", "this is not a media file\n")).code, Code::kMediaError);
  EXPECT_EQ(ErrorOf(Write("zeros.mp4", std::string(100'000, '\0'))).code, Code::kMediaError);
  EXPECT_EQ(ErrorOf("/dev/null").code, Code::kMediaError);
}

TEST_F(BadInputTest, PlaylistsDoNotLeadToOtherFiles) {
  const std::string film = Write("film.mp4", FilmBytes("plain.mp4"));
  const std::string lists[] = {
      Write("list.m3u8",
            "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfilm.mp4\n"
            "#EXT-X-ENDLIST\n"),
      Write("list.ffconcat", "ffconcat version 1.0\nfile film.mp4\n"),
      Write("list.mkv", "ffconcat version 1.0\nfile film.mp4\n"),
      Write("film.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n")};
  for (const auto& list : lists) {
    const Error error = ErrorOf(list);
    EXPECT_EQ(error.code, Code::kMediaError) << list;
    EXPECT_FALSE(error.message.empty());
  }
}

TEST_F(BadInputTest, AudioWithoutVideoIsRejected) {
  const auto info = Open({.name = "plain.mkv"});
  ASSERT_TRUE(info);
  const std::string sound = Output("sound.mka");
  ASSERT_TRUE(testfilms::RunOrFail(
      runner_, {"ffmpeg", "-v", "error", "-i", "file:" + path_, "-vn", "-c", "copy", sound}));
  EXPECT_THAT(ErrorOf(sound).message, HasSubstr("no video stream"));
}

TEST_F(BadInputTest, TruncatedFilesYieldTheirFramesOrAReason) {
  const std::string matroska = FilmBytes("plain.mkv");
  const std::string truncated = Write("truncated.mkv", matroska.substr(0, matroska.size() / 2));
  const auto info = Analyse(truncated);
  ASSERT_TRUE(info) << info.error().message;
  const auto shot =
      encoder_.Screenshot(**info, {File(truncated), 1.03}, {Output("image"), ""}, nullptr);
  ASSERT_TRUE(shot) << shot.error().message << said_;
  EXPECT_EQ(ReadFrames(runner_, Output("image"))->front().number, 24);
  const auto behind =
      encoder_.Screenshot(**info, {File(truncated), 11}, {Output("image"), ""}, nullptr);
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().code, Code::kMediaError);
  EXPECT_THAT(behind.error().message, HasSubstr("truncated"));
  const std::string mp4 = FilmBytes("plain.mp4");
  const Error error = ErrorOf(Write("truncated.mp4", mp4.substr(0, mp4.size() / 2)));
  EXPECT_EQ(error.code, Code::kMediaError);
  EXPECT_THAT(error.message, HasSubstr("incomplete"));
}

TEST_F(BadInputTest, FileNamesAreNotInterpreted) {
  const std::string bytes = FilmBytes("plain.mkv");
  const std::string folder = Output("it's a \"folder\" [x] {y} $(touch z)");
  std::filesystem::create_directory(folder);
  for (const char* name : {"-i", "-y.mkv", "film %d 100%.mkv", "http:\\\\host\\a.mkv", "a:b:c.mkv",
                           "new\nline.mkv", "Ünï ☃ 映画.mkv", "back\\slash' \";`id`.mkv",
                           "\xFF\xFE.mkv", "a,b;c[0:v]=d.mkv", "concat:a|b.mkv"}) {
    const std::string film = folder + "/" + name;
    std::ofstream(film, std::ios::binary) << bytes;
    const auto info = Analyse(film);
    ASSERT_TRUE(info) << name << info.error().message;
    const std::string stem = folder + "/-out %03d " + std::string(name);
    const auto shot =
        encoder_.Screenshot(**info, {File(film), 1.03}, {stem + ".p", stem + ".t"}, nullptr);
    ASSERT_TRUE(shot) << name << shot.error().message << said_;
    EXPECT_TRUE(std::filesystem::exists(stem + ".p"));
    EXPECT_TRUE(std::filesystem::exists(stem + ".t"));
    const auto clip = encoder_.FastClip(**info, {File(film), 2.5, 3.5, std::nullopt}, stem + ".c",
                                        nullptr, nullptr);
    ASSERT_TRUE(clip) << name << clip.error().message << said_;
    EXPECT_TRUE(MakePoster(stem + ".c", stem + ".q")) << name << said_;
    EXPECT_TRUE(std::filesystem::exists(stem + ".q"));
  }
}

TEST_F(BadInputTest, ACancelledCaptureEndsAtOnce) {
  const auto info = Open({.name = "sound stops.mkv", .seconds = 60, .audio_seconds = 4.5});
  ASSERT_TRUE(info);
  process::CancelFlag cancel;
  cancel.Cancel();
  const auto shot =
      encoder_.Screenshot(*info, {File(path_), 1}, {Output("image"), Output("small")}, &cancel);
  ASSERT_FALSE(shot);
  EXPECT_EQ(shot.error().code, Code::kCancelled);
  const auto fast =
      encoder_.FastClip(*info, {File(path_), 1, 50, {}}, Output("clip"), nullptr, &cancel);
  ASSERT_FALSE(fast);
  EXPECT_EQ(fast.error().code, Code::kCancelled);
}

TEST_F(BadInputTest, AMissingFolderIsReported) {
  const auto info = Open({.name = "plain.mkv"});
  ASSERT_TRUE(info);
  const auto nowhere =
      encoder_.Screenshot(*info, {File(path_), 1}, {Output("no folder/image"), ""}, nullptr);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("captures' folder"));
}

TEST_F(BadInputTest, AFullDiskIsReported) {
  ASSERT_TRUE(std::filesystem::exists("/dev/full"));
  const auto info = Open({.name = "plain.mkv"});
  ASSERT_TRUE(info);
  const auto clip =
      encoder_.PreciseClip(*info, {File(path_), 1, 3, {}}, "/dev/full", nullptr, nullptr);
  ASSERT_FALSE(clip);
  EXPECT_EQ(clip.error().code, Code::kInsufficientStorage) << clip.error().message << said_;
}

}  // namespace
}  // namespace matinee::ffmpeg
