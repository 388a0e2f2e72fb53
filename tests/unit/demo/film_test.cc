#include "demo/film.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/demo/fake_ffmpeg.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::demo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class MakeFilmTest : public testing::Test {
 protected:
  Result<Film> Make() {
    return MakeFilm(folder_.path() + "/demo", "ffmpeg", ffmpeg_,
                    [this](std::string_view line) { said_.emplace_back(line); });
  }
  [[nodiscard]] size_t FilesLeft() const {
    const auto entries = std::filesystem::directory_iterator(folder_.path() + "/demo");
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
  }
  TemporaryFolder folder_;
  FakeFfmpeg ffmpeg_;
  std::vector<std::string> said_;
};

TEST_F(MakeFilmTest, MakesAFilmAndItsThumbnailOnly) {
  const auto film = Make();
  ASSERT_TRUE(film) << film.error().message;
  EXPECT_TRUE(std::filesystem::exists(film->path));
  EXPECT_TRUE(std::filesystem::exists(film->image));
  EXPECT_TRUE(film->path.starts_with(folder_.path() + "/demo/"));
  EXPECT_THAT(ffmpeg_.commands, SizeIs(2));
  EXPECT_EQ(FilesLeft(), 2U);
}

TEST_F(MakeFilmTest, ReusesAnExistingFilm) {
  ASSERT_TRUE(Make());
  said_.clear();
  ASSERT_TRUE(Make());
  EXPECT_THAT(ffmpeg_.commands, SizeIs(2));
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(MakeFilmTest, ReportsProgress) {
  ffmpeg_.progress = {"frame=1",
                      "out_time_us=12000000",
                      "out_time_us=31000000",
                      "out_time_us=32000000",
                      "out_time_us=118000000",
                      "progress=end"};
  ASSERT_TRUE(Make());
  EXPECT_THAT(said_, ElementsAre(HasSubstr("Making the demo film"), HasSubstr("25 %"),
                                 HasSubstr("75 %"), HasSubstr("ready")));
}

TEST_F(MakeFilmTest, ReportsFfmpegsErrorAndRemovesTheTemporaryFile) {
  ffmpeg_.answer->code = 1;
  ffmpeg_.answer->err = "first\n[x] No such filter: 'drawtext'\n";
  const auto film = Make();
  ASSERT_FALSE(film);
  EXPECT_EQ(film.error().code, Code::kMediaError);
  EXPECT_THAT(film.error().message, HasSubstr("No such filter: 'drawtext'"));
  EXPECT_EQ(FilesLeft(), 0U);
}

TEST_F(MakeFilmTest, ReportsAMissingFfmpeg) {
  ffmpeg_.answer = Fail(Code::kNotFound, "no such program: ffmpeg");
  const auto film = Make();
  ASSERT_FALSE(film);
  EXPECT_EQ(film.error().code, Code::kNotFound);
  EXPECT_EQ(FilesLeft(), 0U);
}

TEST_F(MakeFilmTest, ReportsThatTheFolderCannotBeCreated) {
  const auto film = MakeFilm("/proc/nowhere", "ffmpeg", ffmpeg_, [](std::string_view) {});
  ASSERT_FALSE(film);
  EXPECT_THAT(ffmpeg_.commands, IsEmpty());
}

TEST(SubtitlesTest, HasACueForEachFiveSeconds) {
  EXPECT_EQ(Subtitles(7),
            "1\n00:00:00,000 --> 00:00:04,000\nSubtitle 1, from second 0 to second 4\n\n"
            "2\n00:00:05,000 --> 00:00:07,000\nSubtitle 2, from second 5 to second 7\n\n");
  EXPECT_THAT(Subtitles(180), HasSubstr("36\n00:02:55,000 --> 00:02:59,000\n"));
}

TEST(ProgressPercentTest, ReadsOnlyTheTime) {
  EXPECT_EQ(ProgressPercent("out_time_us=90000000", 180), 50);
  EXPECT_EQ(ProgressPercent("out_time_us=999000000", 180), 100);
  EXPECT_EQ(ProgressPercent("out_time_us=-1000", 180), 0);
  EXPECT_EQ(ProgressPercent("out_time_us=N/A", 180), -1);
  EXPECT_EQ(ProgressPercent("out_time=00:01:30", 180), -1);
}

Result<process::Exit> RunProgram(std::vector<std::string> argv) {
  process::SystemRunner runner;
  process::Command command;
  command.argv = std::move(argv);
  return runner.Run(command, {});
}

// Runs the real FFmpeg to check the filter graph and the tracks.
TEST(FilmCommandTest, MakesAFilmWithVideoAudioAndSubtitles) {
  const TemporaryFolder folder;
  const std::string subtitles = folder.Write("film.srt", "film");
  std::ofstream(subtitles) << Subtitles(2);
  const std::string film = folder.path() + "/film.mkv";
  const auto made = RunProgram(FilmCommand("ffmpeg", subtitles, film, 2));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->ok()) << made->err;
  EXPECT_THAT(made->out, HasSubstr("progress=end"));

  const auto probed = RunProgram({"ffprobe", "-loglevel", "error", "-count_frames", "-show_entries",
                                  "stream=codec_name,width,height,nb_read_frames", "-of",
                                  "csv=print_section=0", film});
  ASSERT_TRUE(probed && probed->ok());
  EXPECT_THAT(probed->out, HasSubstr("h264,1280,720,48"));
  EXPECT_THAT(probed->out, HasSubstr("aac"));
  EXPECT_THAT(probed->out, HasSubstr("subrip"));

  const std::string image = folder.path() + "/film.jpg";
  std::vector<std::string> command = ImageCommand("ffmpeg", film, image);
  *std::find(command.begin(), command.end(), "63") = "1";
  const auto shot = RunProgram(command);
  ASSERT_TRUE(shot && shot->ok()) << shot->err;
  EXPECT_GT(std::filesystem::file_size(image), 1000U);
}

}  // namespace
}  // namespace matinee::demo
