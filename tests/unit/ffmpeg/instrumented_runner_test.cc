#include "ffmpeg/instrumented_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/metrics.h"

namespace matinee::ffmpeg {
namespace {

using testing::HasSubstr;

// Returns the configured exit.
class EndingRunner final : public process::Runner {
 public:
  Result<process::Exit> Run(const process::Command& /*command*/,
                            const process::RunOptions& /*options*/) override {
    return answer;
  }
  Result<process::Exit> answer = process::Exit{};
};

process::Exit Ended(int code, int signal) {
  process::Exit exit;
  exit.code = code;
  exit.signal = signal;
  return exit;
}

class InstrumentedRunnerTest : public testing::Test {
 protected:
  void Run(const std::string& program, Result<process::Exit> answer) {
    real_.answer = std::move(answer);
    process::Command command;
    command.argv = {program, "-i", "/films/Secret.mkv"};
    const auto exit = measured_.Run(command, {});
    EXPECT_EQ(exit.has_value(), real_.answer.has_value());
  }

  EndingRunner real_;
  Metrics metrics_;
  InstrumentedRunner measured_{real_, metrics_, {"/usr/bin/ffmpeg", "ffprobe"}};
};

TEST_F(InstrumentedRunnerTest, EveryOutcomeExistsFromTheStart) {
  const std::string scrape = metrics_.Scrape();
  for (const std::string program : {"ffmpeg", "ffprobe"}) {
    for (const std::string outcome :
         {"ok", "failed", "killed", "cancelled", "deadline", "not_started"}) {
      EXPECT_THAT(scrape, HasSubstr("matinee_ffmpeg_exit_total{outcome=\"" + outcome +
                                    "\",program=\"" + program + "\"} 0"));
    }
    EXPECT_THAT(scrape, HasSubstr("matinee_ffmpeg_running{program=\"" + program + "\"} 0"));
  }
}

TEST_F(InstrumentedRunnerTest, CountsEachOutcome) {
  Run("/usr/bin/ffmpeg", Ended(0, 0));
  Run("ffmpeg", Ended(0, 0));
  Run("ffmpeg", Ended(1, 0));
  Run("ffmpeg", Ended(-1, 9));
  Run("ffmpeg", Fail(Code::kCancelled, ""));
  Run("ffmpeg", Fail(Code::kDeadlineExceeded, ""));
  Run("ffprobe", Fail(Code::kNotFound, ""));
  Run("ffprobe", Fail(Code::kUnavailable, ""));
  const std::string scrape = metrics_.Scrape();
  const auto counts = [&scrape](const std::string& outcome, const std::string& program, int count) {
    EXPECT_THAT(scrape, HasSubstr("matinee_ffmpeg_exit_total{outcome=\"" + outcome +
                                  "\",program=\"" + program + "\"} " + std::to_string(count)));
  };
  counts("ok", "ffmpeg", 2);
  counts("failed", "ffmpeg", 1);
  counts("killed", "ffmpeg", 1);
  counts("cancelled", "ffmpeg", 1);
  counts("deadline", "ffmpeg", 1);
  counts("not_started", "ffprobe", 2);
  EXPECT_THAT(scrape, HasSubstr("matinee_ffmpeg_running{program=\"ffmpeg\"} 0"));
  EXPECT_THAT(scrape, testing::Not(HasSubstr("Secret")));
}

}  // namespace
}  // namespace matinee::ffmpeg
