#include "ffmpeg/analyser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/temporary_folder.h"

namespace matinee::ffmpeg {
namespace {

constexpr const char* kAnswer = R"({"streams": [{"index": 0, "codec_name": "h264",
  "codec_type": "video", "width": 320, "height": 180}],
  "format": {"format_name": "matroska,webm", "duration": "12.0"}})";

process::Exit Ended(int code, const std::string& out, const std::string& err = "") {
  process::Exit exit;
  exit.code = code;
  exit.out = out;
  exit.err = err;
  return exit;
}

// A fake FFprobe that a test can delay and let fail.
class FakeRunner final : public process::Runner {
 public:
  Result<process::Exit> Run(const process::Command& command,
                            const process::RunOptions& /*options*/) override {
    std::unique_lock lock(mutex_);
    ++runs_;
    last_ = command;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    return answer_;
  }

  void Answer(Result<process::Exit> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void WaitForRun() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [this] { return runs_ > 0; }));
  }
  int runs() {
    const std::lock_guard lock(mutex_);
    return runs_;
  }
  process::Command last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int runs_ = 0;
  process::Command last_;
  Result<process::Exit> answer_ = Ended(0, kAnswer);
};

class MediaAnalyserTest : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const MediaInfo>> Get(const std::string& path) {
    TRY_ASSIGN(const auto file, OpenMediaFile(path, {}));
    return analyser_.Get(*file);
  }

  FakeRunner runner_;
  MediaAnalyser analyser_{runner_, "ffprobe"};
  TemporaryFolder folder_;
  std::string file_ = folder_.Write("file.mkv", "media");
};

TEST_F(MediaAnalyserTest, RunsFfprobeOncePerFile) {
  const auto first = Get(file_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->duration_seconds, 12);
  EXPECT_EQ(*Get(file_), *first);
  EXPECT_EQ(runner_.runs(), 1);
}

TEST_F(MediaAnalyserTest, AnalysesAReplacedFileAgain) {
  ASSERT_TRUE(Get(file_));
  folder_.Write("file.mkv", "another file");
  ASSERT_TRUE(Get(file_));
  EXPECT_EQ(runner_.runs(), 2);
}

TEST_F(MediaAnalyserTest, DoesNotCacheFailures) {
  runner_.Answer(Ended(1, "", "Input/output error"));
  const auto failed = Get(file_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  runner_.Answer(Ended(0, kAnswer));
  EXPECT_TRUE(Get(file_));
}

TEST_F(MediaAnalyserTest, ConcurrentCallsShareOneRun) {
  runner_.Hold(true);
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { succeeded += Get(file_) ? 1 : 0; });
  }
  runner_.WaitForRun();
  runner_.Hold(false);
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(succeeded, 8);
  EXPECT_EQ(runner_.runs(), 1);
}

TEST_F(MediaAnalyserTest, EvictsTheLeastRecentlyUsedFile) {
  ASSERT_TRUE(Get(file_));
  const std::string second = folder_.Write("second.mkv", "media");
  ASSERT_TRUE(Get(second));
  ASSERT_TRUE(Get(file_));
  for (size_t i = 0; i < kCachedFilesMax - 1; ++i) {
    ASSERT_TRUE(Get(folder_.Write(std::to_string(i), "media")));
  }
  const int runs = runner_.runs();
  ASSERT_TRUE(Get(file_));
  EXPECT_EQ(runner_.runs(), runs) << "used after the second";
  ASSERT_TRUE(Get(second));
  EXPECT_EQ(runner_.runs(), runs + 1);
}

TEST_F(MediaAnalyserTest, ReportsADiskThatDoesNotRespond) {
  runner_.Answer(Fail(Code::kDeadlineExceeded, "too long"));
  const auto result = Get(file_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kDeadlineExceeded);
  EXPECT_NE(result.error().message.find("network share"), std::string::npos);
}

// FFprobe gets the file that was opened, whatever its path leads to by then.
TEST_F(MediaAnalyserTest, PassesTheOpenFileOn) {
  const auto file = OpenMediaFile(file_, {});
  ASSERT_TRUE(file);
  ASSERT_TRUE(analyser_.Get(**file));
  const process::Command command = runner_.last();
  EXPECT_THAT(command.descriptors, ::testing::ElementsAre((*file)->descriptor()));
  EXPECT_EQ(command.argv.back(), std::string("file:") + kPassedMediaPath);
  EXPECT_TRUE(command.confinement.has_value());
  EXPECT_GT(command.limits.address_space_bytes_max, 0);
}

}  // namespace
}  // namespace matinee::ffmpeg
