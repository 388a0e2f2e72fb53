#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "jobs/worker.h"
#include "tests/unit/await.h"
#include "tests/unit/jobs/jobs_fixture.h"

namespace matinee::jobs {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class JobWorkerTest : public JobsFixture {
 protected:
  void Enqueue(const std::string& id) {
    const auto row = kind_.table().Find(id);
    ASSERT_TRUE(row && *row);
    ASSERT_TRUE(queue_.Enqueue(kind_.JobOf(**row)));
  }
  // Makes the handler report its start and run until it is cancelled.
  void RunUntilCancelled() {
    handler_.script = [this](const Attempt& attempt) -> Result<Completion> {
      started_.set_value();
      while (!attempt.cancel().cancelled()) std::this_thread::sleep_for(milliseconds(1));
      ended_.set_value();
      return Fail(Code::kCancelled, "cancelled");
    };
  }
  bool IsLive(const std::string& id) { return queue_.Live({"task:" + id})->contains("task:" + id); }
  // Receives the next job and has the worker run it on this thread.
  void WorkOnce() {
    const auto delivery = queue_.Receive(kAllTaskQueues, {});
    ASSERT_TRUE(delivery);
    worker_.Process(*delivery);
  }

  std::promise<void> started_;
  std::promise<void> ended_;
  Worker worker_{{queue_, events_, attempts_, metrics_}, {&handler_}, options_};
};

TEST_F(JobWorkerTest, AJobRunsAndLeavesTheQueue) {
  Insert("a");
  Enqueue("a");
  EXPECT_TRUE(IsLive("a"));
  WorkOnce();
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
  EXPECT_FALSE(IsLive("a"));
  EXPECT_EQ(attempts_.count(), 0U);
}

TEST_F(JobWorkerTest, ItsSlotsRunTheJobsOfTheQueue) {
  Insert("a");
  RunUntilCancelled();
  worker_.Start();
  Enqueue("a");
  Await(started_);
  EXPECT_TRUE(HasMetric("matinee_worker_slots_busy 1"));
  kind_.PublishChanged(events_, "a");  // The row is as the attempt knows it.
  EXPECT_FALSE(attempts_.Attempts().empty());
  worker_.Stop(milliseconds(0));
}

TEST_F(JobWorkerTest, AnEventOfACancelledRowEndsItsAttempt) {
  Insert("a");
  RunUntilCancelled();
  Enqueue("a");
  std::thread slot([this] { WorkOnce(); });  // Without the periodic look at the rows.
  Await(started_);
  EXPECT_TRUE(kind_.table().Cancel("a"));
  kind_.PublishChanged(events_, "a");
  Await(ended_);
  slot.join();
  EXPECT_EQ(Row("a").phase, Phase::kCancelled);
  EXPECT_FALSE(IsLive("a"));
}

TEST_F(JobWorkerTest, ACancelWithoutAnEventEndsTheAttempt) {
  Insert("a");
  RunUntilCancelled();
  worker_.Start();
  Enqueue("a");
  Await(started_);
  ASSERT_TRUE(kind_.table().Cancel("a"));
  Await(ended_);
  worker_.Stop(kAwaitLimit);
  EXPECT_EQ(Row("a").phase, Phase::kCancelled);
}

TEST_F(JobWorkerTest, AStopRequeuesTheRowAndTheJob) {
  Insert("a");
  RunUntilCancelled();
  worker_.Start();
  Enqueue("a");
  Await(started_);
  worker_.Stop(milliseconds(0));
  EXPECT_EQ(Row("a").phase, Phase::kQueued);
  EXPECT_EQ(Row("a").tries, 0);
  EXPECT_EQ(queue_.State()->at(1).queued, 1);
}

TEST_F(JobWorkerTest, AJobOfAnUnknownKindIsLeftToOthers) {
  ASSERT_TRUE(queue_.Enqueue({.queue = "tasks", .kind = "newer", .subject = "a"}));
  WorkOnce();
  EXPECT_EQ(queue_.State()->at(1).queued, 1);
  EXPECT_TRUE(DeadLetters().empty());
  clock_.Advance(hours(1) + milliseconds(1));
  WorkOnce();
  EXPECT_EQ(queue_.State()->at(1).queued, 0);
  ASSERT_EQ(DeadLetters().size(), 1U);
  EXPECT_EQ(DeadLetters().front().reason, "no worker knows the kind of the job");
  EXPECT_TRUE(HasMetric("matinee_jobs_dead_lettered_total{queue=\"tasks\"} 1"));
}

TEST_F(JobWorkerTest, AJobWhoseLastAttemptHasNotEndedYetIsRequeued) {
  Insert("a");
  Enqueue("a");
  const auto cancel = attempts_.Begin("task", "a");
  WorkOnce();
  EXPECT_EQ(handler_.runs, 0);
  EXPECT_EQ(queue_.State()->at(1).queued, 1);
  attempts_.End("task", "a");
  WorkOnce();
  EXPECT_EQ(handler_.runs, 1);
}

class JobReconcilerTest : public JobsFixture {
 protected:
  void Reconcile() {
    const Status reconciled = reconciler_.ReconcileOnce();
    EXPECT_TRUE(reconciled) << reconciled.error().message;
  }
  std::string NextJob() {
    const auto delivery = queue_.Receive(kAllTaskQueues, {});
    return delivery ? delivery->job.subject : "";
  }

  Reconciler reconciler_{{kinds_, queue_, events_, [this] { return term_; }, metrics_}};
};

TEST_F(JobReconcilerTest, ADueJobIsEnqueuedOnce) {
  Insert("a");
  Insert("later", kNoon + hours(1));
  Reconcile();
  Reconcile();
  EXPECT_EQ(NextJob(), "a");
  EXPECT_EQ(NextJob(), "");
  clock_.Advance(hours(1));
  Reconcile();
  EXPECT_EQ(NextJob(), "later");
}

TEST_F(JobReconcilerTest, ARunningRowWithoutALiveJobIsRequeuedAndCleanedUp) {
  Insert("a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  Reconcile();
  EXPECT_EQ(kind_.cleaned_up, std::vector<std::string>({"queued"}));
  EXPECT_EQ(Row("a").crashes, 1);
  EXPECT_EQ(NextJob(), "a");
}

TEST_F(JobReconcilerTest, ARunningRowWithALiveJobIsNotTouched) {
  Insert("a");
  Reconcile();
  EXPECT_EQ(NextJob(), "a");
  ASSERT_TRUE(kind_.table().Claim("a"));
  Reconcile();
  EXPECT_EQ(Row("a").phase, Phase::kRunning);
  EXPECT_EQ(Row("a").crashes, 0);
}

TEST_F(JobReconcilerTest, ACorruptRowIsNotTouchedAndDoesNotBlockOthers) {
  for (const char* id : {"a", "b", "c", "d"}) Insert(id);
  ASSERT_TRUE(kind_.table().Claim("b"));
  ASSERT_TRUE(kind_.table().Claim("d"));
  Set("tasks", "a", "attempt = -1");
  Set("tasks", "b", "attempt = -1");
  Reconcile();
  EXPECT_EQ(NextJob(), "c");
  EXPECT_EQ(NextJob(), "d");
  EXPECT_EQ(NextJob(), "");
  EXPECT_EQ((**kind_.table().Find("b")).Text(1), "running");
}

}  // namespace
}  // namespace matinee::jobs
