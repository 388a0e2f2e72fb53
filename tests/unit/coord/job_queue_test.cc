// What every JobQueue promises. A driver joins by a line in Drivers().
#include "coord/job_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "coord/local/queue.h"

namespace matinee::coord {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How long a test waits for what must come. It never comes to that unless the queue is broken.
constexpr seconds kPatience{30};

struct Driver {
  std::string name;
  std::function<std::unique_ptr<JobQueue>()> make;
  size_t lane_jobs_max;
};

std::ostream& operator<<(std::ostream& out, const Driver& driver) {
  return out << driver.name;
}

std::vector<Driver> Drivers() {
  return {{"Local", [] { return std::make_unique<LocalJobQueue>(); }, kLaneJobsMax}};
}

class JobQueueContract : public testing::TestWithParam<Driver> {
 protected:
  JobQueueContract() : queue_(GetParam().make()) {}

  static Job Screenshot(const std::string& id) { return Job{Lane::kScreenshot, id}; }
  static Job Clip(const std::string& id) { return Job{Lane::kClip, id}; }

  // The id of what can be taken right now, or "nothing".
  std::string TakeNow(Accept accept = Accept::kAll) { return IdOf(queue_->Take(accept, {})); }
  std::string TakePatiently(Accept accept = Accept::kAll) {
    return IdOf(queue_->Take(accept, kPatience));
  }
  static std::string IdOf(const std::optional<Job>& job) {
    return job ? job->capture_id : "nothing";
  }

  std::unique_ptr<JobQueue> queue_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, JobQueueContract, testing::ValuesIn(Drivers()),
                         [](const auto& driver) { return driver.param.name; });

TEST_P(JobQueueContract, GivesJobsOfALaneInTheirOrder) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(queue_->Enqueue(Clip(id)));
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(TakeNow(), "b");
  EXPECT_EQ(TakeNow(), "c");
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, ServesScreenshotsBeforeClips) {
  ASSERT_TRUE(queue_->Enqueue(Clip("clip")));
  ASSERT_TRUE(queue_->Enqueue(Screenshot("screenshot")));
  EXPECT_EQ(TakeNow(), "screenshot");
  const auto second = queue_->Take(Accept::kAll, {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->capture_id, "clip");
  EXPECT_EQ(second->lane, Lane::kClip);
}

TEST_P(JobQueueContract, KeepsClipsFromASlotThatIsForScreenshots) {
  ASSERT_TRUE(queue_->Enqueue(Clip("clip")));
  EXPECT_EQ(TakeNow(Accept::kScreenshotsOnly), "nothing");
  ASSERT_TRUE(queue_->Enqueue(Screenshot("screenshot")));
  EXPECT_EQ(TakeNow(Accept::kScreenshotsOnly), "screenshot");
  EXPECT_EQ(TakeNow(), "clip");
}

TEST_P(JobQueueContract, DoesNotQueueAJobTwice) {
  ASSERT_TRUE(queue_->Enqueue(Clip("a")));
  EXPECT_TRUE(queue_->Enqueue(Clip("a")));
  queue_->EnqueueLater(Clip("a"), milliseconds(0));
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, TakesAJobAgainOnceItWasTaken) {
  ASSERT_TRUE(queue_->Enqueue(Clip("a")));
  EXPECT_EQ(TakeNow(), "a");
  ASSERT_TRUE(queue_->Enqueue(Clip("a")));
  EXPECT_EQ(TakeNow(), "a");
}

TEST_P(JobQueueContract, RefusesWhatDoesNotFitAndSaysTryLater) {
  const size_t max = GetParam().lane_jobs_max;
  for (size_t i = 0; i < max; ++i) ASSERT_TRUE(queue_->Enqueue(Clip(std::to_string(i))));
  const Status full = queue_->Enqueue(Clip("one too many"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kUnavailable);
  EXPECT_TRUE(queue_->Enqueue(Clip("0"))) << "a job that is queued already is no error";
  EXPECT_TRUE(queue_->Enqueue(Screenshot("s"))) << "the other lane has room";
  EXPECT_EQ(TakeNow(), "s");
  EXPECT_EQ(TakeNow(), "0");
  EXPECT_TRUE(queue_->Enqueue(Clip("fits now")));
}

TEST_P(JobQueueContract, DropsADelayedJobThatDoesNotFit) {
  const size_t max = GetParam().lane_jobs_max;
  for (size_t i = 0; i < max; ++i) ASSERT_TRUE(queue_->Enqueue(Clip(std::to_string(i))));
  queue_->EnqueueLater(Clip("retry"), milliseconds(0));
  for (size_t i = 0; i < max; ++i) ASSERT_EQ(TakeNow(), std::to_string(i));
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, HoldsADelayedJobBackUntilItsTime) {
  constexpr milliseconds kDelay{50};
  const auto before = std::chrono::steady_clock::now();
  queue_->EnqueueLater(Screenshot("a"), kDelay);
  EXPECT_EQ(TakePatiently(), "a");
  EXPECT_GE(std::chrono::steady_clock::now() - before, kDelay);
}

TEST_P(JobQueueContract, LetsOthersPassADelayedJob) {
  queue_->EnqueueLater(Screenshot("much later"), hours(1));
  ASSERT_TRUE(queue_->Enqueue(Screenshot("now")));
  ASSERT_TRUE(queue_->Enqueue(Clip("clip")));
  EXPECT_EQ(TakeNow(), "now");
  EXPECT_EQ(TakeNow(), "clip");
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, BringsADelayedJobForwardWhenItIsEnqueued) {
  queue_->EnqueueLater(Clip("a"), hours(1));
  ASSERT_TRUE(queue_->Enqueue(Clip("a")));
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, GivesDelayedJobsInTheOrderOfTheirTimes) {
  queue_->EnqueueLater(Clip("second"), milliseconds(40));
  queue_->EnqueueLater(Clip("first"), milliseconds(20));
  EXPECT_EQ(TakePatiently(), "first");
  EXPECT_EQ(TakePatiently(), "second");
}

TEST_P(JobQueueContract, BearsADelayWithoutEnd) {
  queue_->EnqueueLater(Clip("never"), milliseconds::max());
  EXPECT_EQ(TakeNow(), "nothing");
  queue_->Close();
  EXPECT_FALSE(queue_->Take(Accept::kAll, milliseconds::max()));
}

TEST_P(JobQueueContract, ForgetsAJobThatIsRemoved) {
  ASSERT_TRUE(queue_->Enqueue(Screenshot("a")));
  ASSERT_TRUE(queue_->Enqueue(Screenshot("b")));
  queue_->EnqueueLater(Clip("c"), milliseconds(0));
  queue_->Remove("a");
  queue_->Remove("c");
  queue_->Remove("never queued");
  EXPECT_EQ(TakeNow(), "b");
  EXPECT_EQ(TakeNow(), "nothing");
}

TEST_P(JobQueueContract, WakesWhoWaitsWhenAJobComes) {
  auto taken = std::async(std::launch::async, [&] { return TakePatiently(); });
  ASSERT_TRUE(queue_->Enqueue(Clip("a")));
  EXPECT_EQ(taken.get(), "a");
}

TEST_P(JobQueueContract, WakesTheSlotThatServesTheLaneAndNotOnlyAnother) {
  // A clip that wakes nothing but the slot for screenshots would lie there until the wait is over.
  auto screenshots =
      std::async(std::launch::async, [&] { return TakePatiently(Accept::kScreenshotsOnly); });
  auto all = std::async(std::launch::async, [&] { return TakePatiently(); });
  ASSERT_TRUE(queue_->Enqueue(Clip("clip")));
  EXPECT_EQ(all.get(), "clip");
  ASSERT_TRUE(queue_->Enqueue(Screenshot("screenshot")));
  EXPECT_EQ(screenshots.get(), "screenshot");
}

TEST_P(JobQueueContract, GivesUpWhenTheWaitIsOver) {
  constexpr milliseconds kWait{20};
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(queue_->Take(Accept::kAll, kWait));
  EXPECT_GE(std::chrono::steady_clock::now() - before, kWait);
}

TEST_P(JobQueueContract, GivesNothingAndTakesNothingOnceClosed) {
  ASSERT_TRUE(queue_->Enqueue(Screenshot("left")));
  queue_->Close();
  EXPECT_EQ(TakePatiently(), "nothing");
  const Status refused = queue_->Enqueue(Screenshot("late"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  queue_->EnqueueLater(Screenshot("later"), milliseconds(0));
  queue_->Close();
}

TEST_P(JobQueueContract, SendsEverybodyHomeWhenItCloses) {
  std::vector<std::future<std::string>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return TakePatiently(); }));
  }
  queue_->Close();
  for (auto& one : waiting) EXPECT_EQ(one.get(), "nothing");
}

TEST_P(JobQueueContract, GivesEachJobToOneWorkerOnly) {
  constexpr size_t kJobs = 200;
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto job = queue_->Take(Accept::kAll, kPatience)) {
        const std::lock_guard lock(mutex);
        seen.insert(job->capture_id);
        if (seen.size() == kJobs) queue_->Close();
      }
    });
  }
  for (size_t i = 0; i < kJobs; ++i) ASSERT_TRUE(queue_->Enqueue(Clip(std::to_string(i))));
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(seen.size(), kJobs);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

}  // namespace
}  // namespace matinee::coord
