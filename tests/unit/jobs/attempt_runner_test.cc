#include "jobs/attempt_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "jobs/retry_policy.h"
#include "tests/unit/jobs/jobs_fixture.h"

namespace matinee::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kAfter = sql::UnreliableDatabase::Failure::kAfter;

class AttemptRunnerTest : public JobsFixture {
 protected:
  Disposition Run(const std::string& id, bool redelivered = false) {
    AttemptRunner runner({queue_, events_, attempts_, metrics_}, options_, grace_);
    const auto cancel = attempts_.Begin("task", id);
    EXPECT_TRUE(cancel);
    ExclusiveGate::Pass pass(gate_);
    Disposition disposition = runner.Run(handler_, DeliveryOf(id, redelivered), *cancel, pass);
    attempts_.End("task", id);
    return disposition;
  }

  GracePeriod grace_;
  ExclusiveGate gate_;
};

using Kind = Disposition::Kind;
using Phases = std::vector<std::string>;

TEST_F(AttemptRunnerTest, ASuccessCompletesTheRowAndAcknowledgesTheJob) {
  Insert("a");
  int stored = 0;
  handler_.script = [&](const Attempt& attempt) -> Result<Completion> {
    EXPECT_EQ(attempt.state().attempt, 1);
    EXPECT_EQ(attempt.row().Text(0), "a");
    EXPECT_EQ(Row("a").phase, Phase::kRunning);
    return Completion{{"made"}, [&] {
                        EXPECT_EQ(Row("a").phase, Phase::kComplete);
                        ++stored;
                      }};
  };
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(kind_.cleaned_up, Phases());
  EXPECT_TRUE(HasMetric("matinee_jobs_total{outcome=\"complete\",queue=\"tasks\"} 1"));
}

TEST_F(AttemptRunnerTest, AJobThatCannotBeClaimedIsAcknowledgedAndNotRun) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Cancel("a"));
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(Run("unknown").kind, Kind::kAck);
  EXPECT_EQ(handler_.runs, 0);
  EXPECT_EQ(kind_.cleaned_up, Phases());
}

// Its worker may have published files before it crashed.
TEST_F(AttemptRunnerTest, ARedeliveredJobThatIsCancelledIsCleanedUp) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  ASSERT_TRUE(kind_.table().Cancel("a"));
  EXPECT_EQ(Run("a", /*redelivered=*/true).kind, Kind::kAck);
  EXPECT_EQ(kind_.cleaned_up, Phases({"cancelled"}));
}

TEST_F(AttemptRunnerTest, AJobIsRequeuedWhileItsRowCannotBeClaimed) {
  Insert("a");
  database_->FailOn("task_claim");
  EXPECT_EQ(Run("a").kind, Kind::kNack);
  EXPECT_EQ(Row("a").phase, Phase::kQueued);
}

TEST_F(AttemptRunnerTest, ACorruptRowIsLeftAsItIsAndItsJobBecomesADeadLetter) {
  Insert("a");
  const auto text = [&] {
    const sql::Row row = **kind_.table().Find("a");
    return row.Text(1) + " " + std::to_string(row.Int(3)) + " " + std::to_string(row.Int(4));
  };
  for (const char* corruption : {"attempt = -1", "attempt = -5", "attempt = 0, tries = -1"}) {
    Set("tasks", "a", corruption);
    const std::string before = text();
    const Disposition disposition = Run("a");
    EXPECT_EQ(disposition.kind, Kind::kDeadLetter) << corruption;
    EXPECT_THAT(disposition.reason, testing::StartsWith("the row a of tasks is corrupt: "));
    EXPECT_EQ(text(), before);
  }
  EXPECT_EQ(handler_.runs, 0);
}

TEST_F(AttemptRunnerTest, ACountThatIsTooLargeMakesADeadLetter) {
  Insert("a");
  Set("tasks", "a", "attempt = 2147483647");
  const Disposition disposition = Run("a");
  EXPECT_EQ(disposition.kind, Kind::kDeadLetter);
  EXPECT_EQ(disposition.reason, "the row a of tasks is corrupt: attempt is '2147483648'");
  EXPECT_EQ(handler_.runs, 0);
}

TEST_F(AttemptRunnerTest, AnErrorThatMayPassIsRetriedLater) {
  Insert("a");
  handler_.FailWith(Code::kUnavailable);
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(Row("a").phase, Phase::kRetrying);
  EXPECT_EQ(Row("a").due_at, kNoon + seconds(1));
  EXPECT_EQ(Row("a").error->message, "it failed");
  EXPECT_EQ(kind_.cleaned_up, Phases({"running"}));
}

TEST_F(AttemptRunnerTest, ABadInputIsNotRetried) {
  Insert("a");
  handler_.FailWith(Code::kMediaError);
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(Row("a").phase, Phase::kFailed);
  EXPECT_TRUE(HasMetric("matinee_jobs_total{outcome=\"media_error\",queue=\"tasks\"} 1"));
}

TEST_F(AttemptRunnerTest, AfterTheLastTryTheJobIsADeadLetterWithItsReason) {
  Insert("a");
  handler_.FailWith(Code::kUnavailable);
  for (int tries = 1; tries < kTriesMax; ++tries) {
    EXPECT_EQ(Run("a").kind, Kind::kAck);
    EXPECT_EQ(Row("a").phase, Phase::kRetrying);
  }
  const Disposition last = Run("a");
  EXPECT_EQ(last.kind, Kind::kDeadLetter);
  EXPECT_EQ(last.reason, "it failed");
  EXPECT_EQ(Row("a").phase, Phase::kFailed);
  EXPECT_EQ(Row("a").tries, kTriesMax);
}

TEST_F(AttemptRunnerTest, AnInterruptedAttemptIsRequeuedAndNotCounted) {
  Insert("a");
  handler_.FailWith(Code::kCancelled);
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(Row("a").phase, Phase::kQueued);
  EXPECT_EQ(Row("a").tries, 0);
}

TEST_F(AttemptRunnerTest, ARefusedProgressCancelsTheAttempt) {
  Insert("a");
  handler_.script = [&](const Attempt& attempt) -> Result<Completion> {
    EXPECT_TRUE(kind_.table().Cancel("a"));
    EXPECT_FALSE(attempt.cancel().cancelled());
    attempt.SetProgress(0.5);
    EXPECT_TRUE(attempt.cancel().cancelled());
    return Fail(Code::kCancelled, "cancelled");
  };
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(handler_.runs, 1);
  EXPECT_EQ(Row("a").phase, Phase::kCancelled);
}

TEST_F(AttemptRunnerTest, ProgressIsStoredAndDoesNotCancel) {
  Insert("a");
  handler_.script = [&](const Attempt& attempt) -> Result<Completion> {
    attempt.SetProgress(0.5);
    EXPECT_FALSE(attempt.cancel().cancelled());
    EXPECT_EQ(Row("a").progress, 0.5);
    return Completion{{"made"}};
  };
  Run("a");
  EXPECT_EQ(handler_.runs, 1);
}

TEST_F(AttemptRunnerTest, AResultThatCameTooLateIsNotStored) {
  Insert("a");
  int stored = 0;
  handler_.script = [&](const Attempt& /*attempt*/) -> Result<Completion> {
    EXPECT_TRUE(kind_.table().Cancel("a"));
    return Completion{{"made"}, [&] { ++stored; }};
  };
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(Row("a").phase, Phase::kCancelled);
  EXPECT_EQ(stored, 0);
  EXPECT_EQ(kind_.cleaned_up, Phases({"running"}));
}

TEST_F(AttemptRunnerTest, ACompletionWhoseAnswerWasLostIsASuccess) {
  options_.database_retry_timeout = seconds(30);
  Insert("a");
  database_->FailOn("task_complete", 1, 1, kAfter);
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(database_->failures(), 1);
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
  EXPECT_EQ(kind_.cleaned_up, Phases());
  EXPECT_TRUE(HasMetric("matinee_jobs_total{outcome=\"complete\",queue=\"tasks\"} 1"));
}

// What the complete row refers to must stay.
TEST_F(AttemptRunnerTest, ALostAnswerWithoutARetryCleansUpByTheCompleteRow) {
  Insert("a");
  database_->FailOn("task_complete", 1, 1, kAfter);
  Run("a");
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
  EXPECT_EQ(kind_.cleaned_up, Phases({"complete"}));
}

TEST_F(AttemptRunnerTest, TheEndOfAnAttemptWaitsForTheDatabase) {
  options_.database_retry_timeout = seconds(30);
  Insert("a");
  database_->FailOn("task_complete", 1, 3);
  EXPECT_EQ(Run("a").kind, Kind::kAck);
  EXPECT_EQ(database_->failures(), 3);
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
}

TEST_F(AttemptRunnerTest, ATakeoverRunsTheJobAgainAndCleansUpAfterTheCrashedAttempt) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  EXPECT_EQ(Run("a", /*redelivered=*/true).kind, Kind::kAck);
  EXPECT_EQ(handler_.runs, 1);
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
  EXPECT_EQ(Row("a").attempt, 2);
  EXPECT_EQ(kind_.cleaned_up, Phases({"complete"}));
}

TEST_F(AttemptRunnerTest, OnlyASuspectJobRunsExclusively) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  std::vector<bool> shared;
  handler_.script = [&](const Attempt& /*attempt*/) -> Result<Completion> {
    shared.push_back(gate_.WaitUntilShared(milliseconds(0)));
    return Fail(Code::kCancelled, "cancelled");
  };
  for (int crashes = kCrashesMax - 2; crashes < kCrashesMax; ++crashes) {
    Set("tasks", "a", "phase = 'running', deaths = " + std::to_string(crashes));
    Run("a", /*redelivered=*/true);
  }
  EXPECT_EQ(shared, std::vector<bool>({true, false}));
}

TEST_F(AttemptRunnerTest, AJobThatCrashesOnceMoreAfterItsExclusiveRunFails) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  Set("tasks", "a", "deaths = " + std::to_string(kCrashesMax));
  const Disposition disposition = Run("a", /*redelivered=*/true);
  EXPECT_EQ(disposition.kind, Kind::kDeadLetter);
  EXPECT_EQ(disposition.reason, CrashesError().message);
  EXPECT_EQ(handler_.runs, 0);
  EXPECT_EQ(Row("a").phase, Phase::kFailed);
}

}  // namespace
}  // namespace matinee::jobs
