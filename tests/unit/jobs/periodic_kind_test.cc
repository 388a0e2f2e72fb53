#include "jobs/periodic_kind.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "jobs/retry_policy.h"
#include "tests/unit/jobs/jobs_fixture.h"

namespace matinee::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kPeriod{1};

// Two processes that share the database and the queue.
class PeriodicKindTest : public JobsFixture {
 protected:
  struct Process {
    explicit Process(PeriodicKindTest& test)
        : kind(kinds.Add(std::make_unique<PeriodicKind>(*test.database_, test.clock_, "cleaning",
                                                        kPeriod, "tasks"))),
          worker({test.queue_, test.events_, attempts, test.metrics_}, {&handler}, test.options_),
          reconciler(
              {kinds, test.queue_, test.events_, [&test] { return test.term_; }, test.metrics_}) {
      handler.script = [](const Attempt&) -> Result<Completion> { return Completion{}; };
    }

    JobKinds kinds;
    PeriodicKind& kind;
    ScriptedHandler handler{kind};
    AttemptRegistry attempts;
    Worker worker;
    Reconciler reconciler;
  };

  // Both processes reconcile, as if each were the leader, and run every job that they receive.
  void Round() {
    for (Process* process : {&first_, &second_}) {
      const Status reconciled = process->reconciler.ReconcileOnce();
      EXPECT_TRUE(reconciled) << reconciled.error().message;
      for (const auto& delivery :
           {queue_.Receive(kAllTaskQueues, {}), queue_.Receive(kAllTaskQueues, {})}) {
        if (delivery) process->worker.Process(*delivery);
      }
    }
  }
  int RunsIn(seconds time) {
    const int before = runs();
    for (seconds passed(0); passed < time; passed += minutes(10)) {
      Round();
      clock_.Advance(minutes(10));
    }
    return runs() - before;
  }
  [[nodiscard]] int runs() const { return first_.handler.runs + second_.handler.runs; }
  void FailWith(Code code) {
    for (Process* process : {&first_, &second_}) process->handler.FailWith(code);
  }
  JobState Row() { return StateOf(first_.kind.table(), "cleaning"); }
  // A worker claims the job and crashes; the queue has lost it.
  void Crash() {
    const auto claimed = first_.kind.table().Claim("cleaning");
    ASSERT_TRUE(claimed && *claimed);
    while (const auto delivery = queue_.Receive(kAllTaskQueues, {})) {
      ASSERT_TRUE(queue_.Ack(*delivery));
    }
  }

  Process first_{*this};
  Process second_{*this};
};

TEST_F(PeriodicKindTest, ItRunsOnceInEachPeriodOverAllProcesses) {
  EXPECT_EQ(RunsIn(kPeriod), 1);
  EXPECT_EQ(RunsIn(kPeriod), 1);
  EXPECT_EQ(RunsIn(10 * kPeriod), 10);
  EXPECT_EQ(Row().phase, Phase::kQueued);
  EXPECT_EQ(Row().attempt, 12);
}

TEST_F(PeriodicKindTest, TheNextRunIsDueAPeriodAfterTheLastOne) {
  Round();
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(Row().due_at, kNoon + kPeriod);
  clock_.Advance(kPeriod - seconds(1));
  Round();
  EXPECT_EQ(runs(), 1);
  clock_.Advance(seconds(1));
  Round();
  EXPECT_EQ(runs(), 2);
}

TEST_F(PeriodicKindTest, AFailedRunIsScheduledAgainAtTheNextPeriod) {
  FailWith(Code::kMediaError);
  Round();
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(Row().phase, Phase::kQueued);
  EXPECT_EQ(Row().due_at, kNoon + kPeriod);
  EXPECT_EQ(Row().error->code, Code::kMediaError);
  EXPECT_EQ(RunsIn(2 * kPeriod), 1);
}

TEST_F(PeriodicKindTest, AnErrorThatMayPassIsRetriedBeforeTheNextPeriod) {
  FailWith(Code::kUnavailable);
  for (int round = 0; round < 60; ++round) {
    Round();
    clock_.Advance(seconds(1));
  }
  EXPECT_EQ(runs(), kTriesMax);
  EXPECT_EQ(Row().phase, Phase::kQueued);
  EXPECT_EQ(Row().tries, 0);
  EXPECT_GT(Row().due_at, kNoon + kPeriod);
  EXPECT_EQ(DeadLetters().size(), 1U);
}

TEST_F(PeriodicKindTest, ACancelledJobWaitsUntilItIsRetriedByHand) {
  Round();
  ASSERT_TRUE(first_.kind.table().Cancel("cleaning"));
  EXPECT_EQ(RunsIn(5 * kPeriod), 0);
  term_ = kTerm + 1;  // Nor does a new leader start it.
  ASSERT_TRUE(BeginTerm(*database_, *term_));
  EXPECT_EQ(RunsIn(kPeriod), 0);
  ASSERT_TRUE(first_.kind.table().Retry("cleaning"));
  EXPECT_EQ(RunsIn(kPeriod), 1);
}

TEST_F(PeriodicKindTest, ARunWhoseWorkerCrashedRunsAgainAtOnce) {
  Round();
  clock_.Advance(kPeriod);
  Crash();
  Round();
  Round();
  EXPECT_EQ(runs(), 2);
  EXPECT_EQ(Row().phase, Phase::kQueued);
  EXPECT_EQ(Row().attempt, 3);
}

TEST_F(PeriodicKindTest, AfterTheLastCrashTheNextRunIsThatOfTheNextPeriod) {
  Round();
  clock_.Advance(kPeriod);
  const WallTime crashed_at = clock_.Now();
  for (int crash = 0; crash <= kCrashesMax; ++crash) {
    Crash();
    ASSERT_TRUE(first_.reconciler.ReconcileOnce());
  }
  EXPECT_EQ(Row().phase, Phase::kQueued);
  EXPECT_EQ(Row().crashes, 0);
  EXPECT_EQ(Row().due_at, crashed_at + kPeriod);
  clock_.Advance(kPeriod - seconds(1));
  Round();
  EXPECT_EQ(runs(), 1);
  clock_.Advance(seconds(1));
  Round();
  EXPECT_EQ(runs(), 2);
}

TEST_F(PeriodicKindTest, AProcessThatIsNotTheLeaderStartsNothing) {
  term_ = std::nullopt;
  EXPECT_EQ(RunsIn(2 * kPeriod), 0);
  EXPECT_FALSE(*first_.kind.table().Find("cleaning"));
}

}  // namespace
}  // namespace matinee::jobs
