#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "jobs/job_kind.h"
#include "jobs/periodic_kind.h"
#include "tests/unit/jobs/jobs_fixture.h"

namespace matinee::jobs {
namespace {

using JobKindsTest = JobsFixture;

TEST_F(JobKindsTest, AKindIsFoundByItsName) {
  EXPECT_EQ(kinds_.Find("task"), &kind_);
  EXPECT_EQ(kinds_.Find("other"), nullptr);
}

TEST_F(JobKindsTest, AJobNamesItsQueueKindAndRow) {
  const auto row = kind_.table().Insert("a", {"", nullptr}, std::nullopt, "00-trace");
  const coord::Job job = kind_.JobOf(**row);
  EXPECT_EQ(job.queue, "tasks");
  EXPECT_EQ(job.kind, "task");
  EXPECT_EQ(job.subject, "a");
  EXPECT_EQ(job.key, "task:a");
  EXPECT_EQ(job.traceparent, "00-trace");
}

TEST_F(JobKindsTest, AnEventOfAKindHasItsNameAsTopicAndTheIdAsPayload) {
  std::vector<std::string> payloads;
  const auto listener = events_.Subscribe(
      "task", [&](const coord::Event& event) { payloads.push_back(event.payload); });
  kind_.PublishChanged(events_, "a");
  events_.Unsubscribe(listener);
  EXPECT_EQ(payloads, std::vector<std::string>({"a"}));
}

using JobKindsDeathTest = JobKindsTest;

TEST_F(JobKindsDeathTest, TwoKindsOfOneNameEndTheProgram) {
  EXPECT_DEATH(kinds_.Add(std::make_unique<TaskKind>(*database_, clock_)),
               "two kinds of job have one name");
}

TEST_F(JobKindsDeathTest, TwoHandlersOfOneKindEndTheProgram) {
  ScriptedHandler second(kind_);
  const WorkerDeps deps{queue_, events_, attempts_, metrics_};
  EXPECT_DEATH(Worker(deps, {&handler_, &second}, options_), "a kind has one handler");
}

TEST_F(JobKindsDeathTest, ANameThatIsNotPlainEndsTheProgram) {
  EXPECT_DEATH(PeriodicKind(*database_, clock_, "it's", std::chrono::hours(1), "tasks"),
               "the name of a kind becomes a part of SQL");
}

}  // namespace
}  // namespace matinee::jobs
