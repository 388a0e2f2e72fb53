#include "ffmpeg/analyser.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

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

// FFprobe, as fast or slow and as well or ill as the test wants.
class FakeRunner final : public process::Runner {
 public:
  Result<process::Exit> Run(const process::Command& /*command*/,
                            const process::RunOptions& /*options*/) override {
    std::unique_lock lock(mutex_);
    ++runs_;
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
    changed_.wait(lock, [this] { return runs_ > 0; });
  }
  int runs() {
    const std::lock_guard lock(mutex_);
    return runs_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int runs_ = 0;
  Result<process::Exit> answer_ = Ended(0, kAnswer);
};

class Analyser : public ::testing::Test {
 protected:
  Analyser() {
    std::string pattern = ::testing::TempDir() + "matinee-analyser-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    film_ = MakeFile("film.mkv");
  }
  ~Analyser() override { std::filesystem::remove_all(folder_); }

  std::string MakeFile(const std::string& name, const std::string& content = "film") {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }

  FakeRunner runner_;
  MediaAnalyser analyser_{runner_, "ffprobe"};
  std::string folder_;
  std::string film_;
};

TEST_F(Analyser, AsksOncePerFile) {
  const auto first = analyser_.Get(film_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->duration_seconds, 12);
  EXPECT_EQ(*analyser_.Get(film_), *first);
  EXPECT_EQ(runner_.runs(), 1);
}

TEST_F(Analyser, AsksAgainWhenTheFilmWasReplaced) {
  ASSERT_TRUE(analyser_.Get(film_));
  MakeFile("film.mkv", "another film");
  ASSERT_TRUE(analyser_.Get(film_));
  EXPECT_EQ(runner_.runs(), 2);
}

TEST_F(Analyser, DoesNotRememberFailures) {
  runner_.Answer(Ended(1, "", "Input/output error"));
  const auto failed = analyser_.Get(film_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  runner_.Answer(Ended(0, kAnswer));
  EXPECT_TRUE(analyser_.Get(film_));
}

TEST_F(Analyser, LetsOneAskWhileOthersWait) {
  runner_.Hold(true);
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { succeeded += analyser_.Get(film_) ? 1 : 0; });
  }
  runner_.WaitForRun();
  runner_.Hold(false);
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(succeeded, 8);
  EXPECT_EQ(runner_.runs(), 1);
}

TEST_F(Analyser, PrefetchesInTheBackground) {
  Executor executor("prefetch", 1, 4);
  analyser_.Prefetch(film_, executor);
  executor.Stop();
  EXPECT_EQ(runner_.runs(), 1);
  ASSERT_TRUE(analyser_.Get(film_));
  EXPECT_EQ(runner_.runs(), 1);
}

TEST_F(Analyser, ForgetsTheLeastRecentlyUsedFilm) {
  ASSERT_TRUE(analyser_.Get(film_));
  const std::string second = MakeFile("second.mkv");
  ASSERT_TRUE(analyser_.Get(second));
  ASSERT_TRUE(analyser_.Get(film_));
  for (size_t i = 0; i < kAnalysedFilmsMax - 1; ++i) {
    ASSERT_TRUE(analyser_.Get(MakeFile(std::to_string(i))));
  }
  const int runs = runner_.runs();
  ASSERT_TRUE(analyser_.Get(film_));
  EXPECT_EQ(runner_.runs(), runs) << "used after the second";
  ASSERT_TRUE(analyser_.Get(second));
  EXPECT_EQ(runner_.runs(), runs + 1);
}

TEST_F(Analyser, TellsOfADiskThatDoesNotAnswer) {
  runner_.Answer(Fail(Code::kDeadlineExceeded, "too long"));
  const auto result = analyser_.Get(film_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kDeadlineExceeded);
  EXPECT_NE(result.error().message.find("network share"), std::string::npos);
}

TEST_F(Analyser, DoesNotAskAboutWhatIsNoFile) {
  EXPECT_EQ(analyser_.Get(folder_ + "/missing").error().code, Code::kNotFound);
  EXPECT_EQ(analyser_.Get(folder_).error().code, Code::kMediaError);
  EXPECT_EQ(analyser_.Get(MakeFile("empty.mkv", "")).error().code, Code::kMediaError);
  EXPECT_EQ(analyser_.Get(MakeFile("disc.ISO")).error().code, Code::kMediaError);
  EXPECT_EQ(runner_.runs(), 0);
}

}  // namespace
}  // namespace matinee::ffmpeg
