// What Renderer opens and starts, with a fake FFmpeg. tests/blackbox/fences.test.mjs has the real
// one.
#include "capture/render.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "storage/folder_store.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/text_files.h"

namespace matinee::capture {
namespace {

using ::testing::HasSubstr;

constexpr const char* kProbed = R"({"streams": [{"index": 0, "codec_name": "h264",
  "codec_type": "video", "width": 1920, "height": 1080, "pix_fmt": "yuv420p"}],
  "format": {"format_name": "matroska,webm", "duration": "12.0"}})";

// Answers as FFprobe does and fails as FFmpeg; remembers what it was given.
class RecordingRunner final : public process::Runner {
 public:
  Result<process::Exit> Run(const process::Command& command,
                            const process::RunOptions& /*options*/) override {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command);
    if (command.argv.front() == "ffprobe") {
      process::Exit probed;
      probed.code = 0;
      probed.out = kProbed;
      return probed;
    }
    const std::string opened = "/proc/self/fd/" + std::to_string(command.descriptors.at(0));
    contents_.push_back(ReadTextFile(opened));
    return ffmpeg_exit;
  }
  std::vector<std::string> contents() {
    const std::lock_guard lock(mutex_);
    return contents_;
  }
  std::vector<process::Command> commands() {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

  process::Exit ffmpeg_exit;

 private:
  std::mutex mutex_;
  std::vector<process::Command> commands_;
  std::vector<std::string> contents_;
};

class RendererTest : public ::testing::Test {
 protected:
  RendererTest() {
    EXPECT_TRUE(files_.Open());
    capture_.id = "01900000-0000-7000-8000-000000000000";
    capture_.attempt = 1;
    capture_.spec.media_path = film_;
    capture_.spec.start_seconds = 3;
  }

  Error ErrorOf(const RendererOptions& options) {
    Renderer renderer(analyser_, encoder_, files_, metrics_, options);
    const auto rendered = renderer.Render(capture_, nullptr, cancel_);
    EXPECT_FALSE(rendered);
    return rendered ? Error{} : rendered.error();
  }

  const TemporaryFolder folder_;
  const std::string film_ = folder_.Write("media/film.mkv", "the film");
  const std::string outside_ = folder_.Write("private/film.mkv", "a secret");
  const std::string root_ = folder_.File("media");
  RecordingRunner runner_;
  ffmpeg::MediaAnalyser analyser_{runner_, "ffprobe"};
  int64_t writable_bytes_ = 1'000'000'000'000;
  std::string log_;
  ffmpeg::Encoder encoder_{runner_,
                           {.writable_bytes = [this] { return writable_bytes_; },
                            .log = [this](std::string_view text) { log_ += text; }}};
  storage::FolderStore files_{folder_.File("captures"), {kThumbnailFolder}};
  Metrics metrics_;
  process::CancelFlag cancel_;
  Capture capture_;
};

TEST_F(RendererTest, GivesFFmpegTheFileThatItHasOpened) {
  ErrorOf({.media_roots = {root_}});
  EXPECT_THAT(runner_.contents(), ::testing::Contains("the film"));
  for (const process::Command& command : runner_.commands()) {
    for (const std::string& argument : command.argv) {
      EXPECT_THAT(argument, ::testing::Not(HasSubstr("film.mkv"))) << "a path may be replaced";
    }
    EXPECT_TRUE(command.confinement.has_value());
    EXPECT_GT(command.limits.address_space_bytes_max, 0);
    EXPECT_GT(command.limits.file_bytes_max, 0);
  }
}

// As in a row of earlier settings that is retried, or in a snapshot that another process forged.
TEST_F(RendererTest, RefusesAFileOutsideTheRootsWhateverTheRowSays) {
  capture_.spec.media_path = outside_;
  const Error error = ErrorOf({.media_roots = {root_}});
  EXPECT_EQ(error.code, Code::kMediaError);
  EXPECT_FALSE(InfoOf(error.code).retryable);
  EXPECT_THAT(error.message, HasSubstr("MEDIA_ROOTS"));
  EXPECT_TRUE(runner_.commands().empty());
}

// The link led inside when the session was listed.
TEST_F(RendererTest, RefusesALinkThatLeadsOutsideByNow) {
  std::filesystem::remove(film_);
  std::filesystem::create_symlink(outside_, film_);
  EXPECT_EQ(ErrorOf({.media_roots = {root_}}).code, Code::kMediaError);
  EXPECT_TRUE(runner_.commands().empty());
}

TEST_F(RendererTest, RefusesWhatNeedsMoreMemoryThanThereIs) {
  const Error error = ErrorOf({.total_memory_bytes = 50'000'000});
  EXPECT_EQ(error.code, Code::kMediaError);
  EXPECT_THAT(error.message, HasSubstr("memory"));
  EXPECT_TRUE(runner_.contents().empty()) << "FFmpeg has not run";
}

TEST_F(RendererTest, NamesTheMediaFileInFFmpegsMessages) {
  runner_.ffmpeg_exit.code = 1;
  runner_.ffmpeg_exit.err = "file:/proc/self/fd/3: Invalid data found when processing input\n";
  EXPECT_EQ(ErrorOf({}).code, Code::kMediaError);
  EXPECT_THAT(log_, HasSubstr("file:" + film_ + ": Invalid data"));
}

TEST_F(RendererTest, EndsACaptureThatWouldFillTheDisk) {
  runner_.ffmpeg_exit.signal = SIGXFSZ;
  writable_bytes_ = 0;
  const Error error = ErrorOf({});
  EXPECT_EQ(error.code, Code::kInsufficientStorage);
  EXPECT_LE(runner_.commands().back().limits.file_bytes_max, 64 * 1024 * 1024);
  writable_bytes_ = 1'000'000'000'000;
  EXPECT_EQ(ErrorOf({}).code, Code::kMediaError) << "it wrote too much for another reason";
}

TEST_F(RendererTest, APosterIsOfNoOtherFileThanTheClip) {
  Renderer renderer(analyser_, encoder_, files_, metrics_, {});
  capture_.file_name = "clip.mp4";
  std::filesystem::create_symlink(outside_, folder_.File("captures/clip.mp4"));
  const auto poster = renderer.Poster(capture_, cancel_);
  ASSERT_FALSE(poster);
  EXPECT_EQ(poster.error().code, Code::kMediaError);
  EXPECT_TRUE(runner_.commands().empty());
}

}  // namespace
}  // namespace matinee::capture
