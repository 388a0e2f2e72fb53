// What every JobQueue promises. The same tests run on each driver: see tests/lib/cpp/test_coord.h.
#include "coord/job_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// How long a test waits for what must come. It never comes to that unless the queue is broken.
constexpr seconds kPatience{30};
constexpr milliseconds kNoWait{0};

Job Screenshot(const std::string& id) {
  return {Lane::kScreenshot, id, {}};
}
Job Clip(const std::string& id) {
  return {Lane::kClip, id, {}};
}
Job Background(const std::string& id) {
  return {Lane::kBackground, id, {}};
}

std::string IdOf(const std::optional<Delivery>& delivery) {
  return delivery ? delivery->job.capture_id : "nothing";
}

class JobQueueContract : public testing::Test {
 protected:
  void Enqueue(const Job& job) {
    const Status enqueued = queue_.Enqueue(job);
    ASSERT_TRUE(enqueued) << enqueued.error().message;
  }
  // What can be taken right now.
  std::optional<Delivery> TakeNow(Accept accept = Accept::kAll) {
    return queue_.Take(accept, kNoWait);
  }
  std::string IdOfNext(Accept accept = Accept::kAll) { return IdOf(TakeNow(accept)); }
  std::string IdOfNextPatiently(Accept accept = Accept::kAll) {
    return IdOf(queue_.Take(accept, kPatience));
  }
  bool IsLive(const std::string& id) { return queue_.Live({id}).value().contains(id); }
  LaneState StateOf(Lane lane) { return queue_.State().value().at(static_cast<size_t>(lane)); }

  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  Coord coord_ = world_->Join();
  JobQueue& queue_ = *coord_.jobs;
};

TEST_F(JobQueueContract, GivesJobsOfALaneInTheirOrder) {
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  EXPECT_EQ(IdOfNext(), "a");
  EXPECT_EQ(IdOfNext(), "b");
  EXPECT_EQ(IdOfNext(), "c");
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueContract, ServesTheLanesInTheirOrder) {
  Enqueue(Background("background"));
  Enqueue(Clip("clip"));
  Enqueue(Screenshot("screenshot"));
  for (const Lane lane : kLanes) {
    const auto delivery = TakeNow();
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->job.capture_id, ToString(lane));
    EXPECT_EQ(delivery->job.lane, lane);
    EXPECT_FALSE(delivery->redelivered);
  }
}

TEST_F(JobQueueContract, KeepsOtherLanesFromASlotThatIsForScreenshots) {
  Enqueue(Clip("clip"));
  Enqueue(Background("background"));
  EXPECT_EQ(IdOfNext(Accept::kScreenshotsOnly), "nothing");
  Enqueue(Screenshot("screenshot"));
  EXPECT_EQ(IdOfNext(Accept::kScreenshotsOnly), "screenshot");
  EXPECT_EQ(IdOfNext(), "clip");
}

TEST_F(JobQueueContract, CarriesTheTraceAlong) {
  Job job = Clip("a");
  job.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Enqueue(job);
  const auto delivery = TakeNow();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.traceparent, job.traceparent);
  ASSERT_TRUE(queue_.GiveBack(*delivery));
  EXPECT_EQ(TakeNow().value().job.traceparent, job.traceparent);
}

TEST_F(JobQueueContract, SaysHowLongAJobHasWaited) {
  Enqueue(Clip("a"));
  std::this_thread::sleep_for(milliseconds(30));
  const auto delivery = TakeNow();
  ASSERT_TRUE(delivery);
  EXPECT_GE(delivery->waited, milliseconds(25));
  EXPECT_LE(delivery->waited, kPatience);
  ASSERT_TRUE(queue_.GiveBack(*delivery));
  EXPECT_GE(TakeNow().value().waited, milliseconds(25)) << "counted from Enqueue";
}

TEST_F(JobQueueContract, HasOneLiveJobOfACaptureInAllLanes) {
  Enqueue(Clip("a"));
  Enqueue(Clip("a"));
  Enqueue(Screenshot("a"));
  Enqueue(Background("a"));
  const auto delivery = TakeNow();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.lane, Lane::kClip);
  Enqueue(Screenshot("a"));  // In a worker's hands it is live as well.
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueContract, TakesAJobAgainOnceItIsDone) {
  Enqueue(Clip("a"));
  const auto delivery = TakeNow();
  ASSERT_TRUE(delivery);
  ASSERT_TRUE(queue_.Done(*delivery));
  EXPECT_EQ(IdOfNext(), "nothing");
  Enqueue(Screenshot("a"));
  EXPECT_EQ(IdOfNext(), "a");
}

TEST_F(JobQueueContract, DoesNotMindADoneThatComesTwice) {
  Enqueue(Clip("a"));
  const auto first = TakeNow();
  ASSERT_TRUE(first);
  ASSERT_TRUE(queue_.Done(*first));
  EXPECT_TRUE(queue_.Done(*first));
  EXPECT_TRUE(queue_.GiveBack(*first));
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueContract, GivesAJobThatWasGivenBackToTheNext) {
  Enqueue(Clip("a"));
  Enqueue(Clip("b"));
  const auto delivery = TakeNow();
  ASSERT_EQ(IdOf(delivery), "a");
  ASSERT_TRUE(queue_.GiveBack(*delivery));
  EXPECT_TRUE(IsLive("a"));
  EXPECT_EQ(IdOfNext(), "b");
  const auto again = TakeNow();
  ASSERT_EQ(IdOf(again), "a");
  EXPECT_FALSE(again->redelivered) << "nobody died";
  ASSERT_TRUE(queue_.Done(*again));
  EXPECT_FALSE(IsLive("a"));
}

TEST_F(JobQueueContract, KeepsWhatIsBuriedWithItsReason) {
  for (const char* id : {"a", "b", "c"}) {
    Enqueue(Clip(id));
    const auto delivery = TakeNow();
    ASSERT_TRUE(delivery);
    ASSERT_TRUE(queue_.Bury(*delivery, "no end of " + std::string(id)));
    EXPECT_FALSE(IsLive(id));
  }
  EXPECT_EQ(IdOfNext(), "nothing");
  const auto dead = queue_.Dead(2).value();
  ASSERT_EQ(dead.size(), 2);
  EXPECT_EQ(dead[0].job.capture_id, "b");
  EXPECT_EQ(dead[1].job.capture_id, "c");
  EXPECT_EQ(dead[1].job.lane, Lane::kClip);
  EXPECT_EQ(dead[1].reason, "no end of c");
  EXPECT_TRUE(queue_.Dead(0).value().empty());
  EXPECT_EQ(queue_.Dead(100).value().size(), 3);
  Enqueue(Clip("a"));
  EXPECT_EQ(IdOfNext(), "a") << "it may be tried again";
}

TEST_F(JobQueueContract, ForgetsTheOldestOfTooManyDead) {
  for (size_t i = 0; i <= kDeadJobsMax; ++i) {
    Enqueue(Clip(std::to_string(i)));
    ASSERT_TRUE(queue_.Bury(TakeNow().value(), "reason"));
  }
  const auto dead = queue_.Dead(2 * kDeadJobsMax).value();
  ASSERT_EQ(dead.size(), kDeadJobsMax);
  EXPECT_EQ(dead.front().job.capture_id, "1");
  EXPECT_EQ(dead.back().job.capture_id, std::to_string(kDeadJobsMax));
}

TEST_F(JobQueueContract, RefusesWhatDoesNotFitAndSaysTryLater) {
  for (size_t i = 0; i < kLaneJobsMax; ++i) {
    EXPECT_TRUE(i % 100 != 0 || queue_.HasRoom(Lane::kClip));
    Enqueue(Clip(std::to_string(i)));
  }
  EXPECT_FALSE(queue_.HasRoom(Lane::kClip));
  EXPECT_TRUE(queue_.HasRoom(Lane::kScreenshot));
  const Status full = queue_.Enqueue(Clip("one too many"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kUnavailable);
  EXPECT_FALSE(IsLive("one too many"));
  Enqueue(Clip("0"));        // A job that is queued already is no error,
  Enqueue(Screenshot("s"));  // and the other lane has room.
  EXPECT_EQ(IdOfNext(), "s");
  const auto taken = TakeNow();
  ASSERT_EQ(IdOf(taken), "0");
  EXPECT_FALSE(queue_.Enqueue(Clip("one too many"))) << "in a worker's hands it still counts";
  ASSERT_TRUE(queue_.Done(*taken));
  EXPECT_TRUE(queue_.HasRoom(Lane::kClip));
  Enqueue(Clip("fits now"));
}

TEST_F(JobQueueContract, KnowsWhatIsLive) {
  EXPECT_TRUE(queue_.Live({}).value().empty());
  Enqueue(Screenshot("waits"));
  Enqueue(Clip("runs"));
  Enqueue(Background("given back"));
  Enqueue(Background("done"));
  ASSERT_EQ(IdOfNext(), "waits");
  ASSERT_EQ(IdOfNext(), "runs");
  ASSERT_TRUE(queue_.GiveBack(TakeNow().value()));
  ASSERT_TRUE(queue_.Done(TakeNow().value()));
  EXPECT_EQ(queue_.Live({"waits", "runs", "given back", "done", "unknown", ""}).value(),
            (std::set<std::string>{"waits", "runs", "given back"}));
}

TEST_F(JobQueueContract, LooksUpManyAtOnce) {
  std::vector<std::string> ids;
  std::set<std::string> odd;
  for (int i = 0; i < 1201; ++i) {
    ids.push_back("capture " + std::to_string(i));
    if (i % 2 == 0) continue;
    Enqueue(Clip(ids.back()));
    odd.insert(ids.back());
  }
  EXPECT_EQ(queue_.Live(ids).value(), odd);
}

TEST_F(JobQueueContract, SaysHowFullItIs) {
  EXPECT_EQ(StateOf(Lane::kClip).waiting, 0);
  EXPECT_EQ(StateOf(Lane::kClip).oldest_age, milliseconds(0));
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  Enqueue(Screenshot("s"));
  EXPECT_EQ(StateOf(Lane::kClip).waiting, 3);
  EXPECT_EQ(StateOf(Lane::kClip).running, 0);
  EXPECT_EQ(StateOf(Lane::kBackground).waiting, 0);
  ASSERT_EQ(IdOfNext(), "s");
  const auto delivery = TakeNow();
  EXPECT_EQ(StateOf(Lane::kClip).waiting, 2);
  EXPECT_EQ(StateOf(Lane::kClip).running, 1);
  EXPECT_EQ(StateOf(Lane::kScreenshot).running, 1);
  ASSERT_TRUE(queue_.GiveBack(delivery.value()));
  EXPECT_EQ(StateOf(Lane::kClip).waiting, 3);
  EXPECT_EQ(StateOf(Lane::kClip).running, 0);
  while (const auto next = TakeNow()) ASSERT_TRUE(queue_.Done(*next));
  EXPECT_EQ(StateOf(Lane::kClip).waiting, 0);
  EXPECT_EQ(StateOf(Lane::kClip).running, 0);
}

TEST_F(JobQueueContract, SaysHowLongTheOldestHasWaited) {
  Enqueue(Clip("a"));
  std::this_thread::sleep_for(milliseconds(50));
  const auto before = steady_clock::now();
  Enqueue(Clip("b"));
  EXPECT_GE(StateOf(Lane::kClip).oldest_age, milliseconds(45));
  const auto delivery = TakeNow();
  const auto age_of_b = StateOf(Lane::kClip).oldest_age;
  EXPECT_LE(age_of_b, steady_clock::now() - before + milliseconds(5));
  ASSERT_TRUE(queue_.Done(delivery.value()));
}

TEST_F(JobQueueContract, WakesWhoWaitsWhenAJobComes) {
  auto taken = std::async(std::launch::async, [&] { return IdOfNextPatiently(); });
  std::this_thread::sleep_for(milliseconds(50));  // So that it waits, most probably.
  const auto before = steady_clock::now();
  Enqueue(Clip("a"));
  EXPECT_EQ(taken.get(), "a");
  EXPECT_LT(steady_clock::now() - before, kPatience / 2);
}

TEST_F(JobQueueContract, WakesTheSlotThatServesTheLaneAndNotOnlyAnother) {
  // A clip that wakes nothing but the slot for screenshots would lie there until the wait is over.
  auto screenshots =
      std::async(std::launch::async, [&] { return IdOfNextPatiently(Accept::kScreenshotsOnly); });
  auto all = std::async(std::launch::async, [&] { return IdOfNextPatiently(); });
  Enqueue(Clip("clip"));
  EXPECT_EQ(all.get(), "clip");
  Enqueue(Screenshot("screenshot"));
  EXPECT_EQ(screenshots.get(), "screenshot");
}

TEST_F(JobQueueContract, GivesUpWhenTheWaitIsOver) {
  constexpr milliseconds kWait{20};
  const auto before = steady_clock::now();
  EXPECT_FALSE(queue_.Take(Accept::kAll, kWait));
  EXPECT_GE(steady_clock::now() - before, kWait);
  EXPECT_LT(steady_clock::now() - before, kWait + seconds(10));
}

TEST_F(JobQueueContract, GivesNothingAndTakesNothingOnceClosed) {
  Enqueue(Screenshot("left"));
  queue_.Close();
  EXPECT_EQ(IdOfNextPatiently(), "nothing");
  const Status refused = queue_.Enqueue(Screenshot("late"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  queue_.Close();
}

TEST_F(JobQueueContract, LetsGoOfJobsOnceClosed) {
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  const std::array<Delivery, 3> taken = {TakeNow().value(), TakeNow().value(), TakeNow().value()};
  queue_.Close();
  EXPECT_TRUE(queue_.Done(taken[0]));
  EXPECT_TRUE(queue_.GiveBack(taken[1]));
  EXPECT_TRUE(queue_.Bury(taken[2], "reason"));
  EXPECT_EQ(queue_.Live({"a", "b", "c"}).value(), std::set<std::string>{"b"});
}

TEST_F(JobQueueContract, SendsEverybodyHomeWhenItCloses) {
  std::vector<std::future<std::string>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return IdOfNextPatiently(); }));
  }
  std::this_thread::sleep_for(milliseconds(20));
  const auto before = steady_clock::now();
  queue_.Close();
  for (auto& one : waiting) EXPECT_EQ(one.get(), "nothing");
  EXPECT_LT(steady_clock::now() - before, kPatience / 2);
}

TEST_F(JobQueueContract, BearsAWaitWithoutEnd) {
  auto taken = std::async(std::launch::async,
                          [&] { return IdOf(queue_.Take(Accept::kAll, milliseconds::max())); });
  queue_.Close();
  EXPECT_EQ(taken.get(), "nothing");
}

TEST_F(JobQueueContract, GivesEachJobToOneWorkerOnly) {
  constexpr size_t kJobs = 300;
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> workers;
  for (int i = 0; i < 6; ++i) {
    workers.emplace_back([&] {
      while (const auto delivery = queue_.Take(Accept::kAll, kPatience)) {
        EXPECT_TRUE(queue_.Done(*delivery));
        const std::lock_guard lock(mutex);
        seen.insert(delivery->job.capture_id);
        if (seen.size() == kJobs) queue_.Close();
      }
    });
  }
  for (size_t i = 0; i < kJobs; ++i) {
    Enqueue({kLanes.at(i % kLanes.size()), std::to_string(i), {}});
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(seen.size(), kJobs);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

// Does at random what workers do, and keeps account beside it.
TEST_F(JobQueueContract, KeepsAccountWhateverHappensInWhateverOrder) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same each time.
  std::set<std::string> live;
  std::vector<Delivery> taken;
  size_t waiting = 0;
  for (int step = 0; step < 1500; ++step) {
    const auto action = random() % 10;
    if (action < 4) {
      const Job job{kLanes.at(random() % kLanes.size()), "c" + std::to_string(random() % 40), {}};
      Enqueue(job);
      if (live.insert(job.capture_id).second) ++waiting;
    } else if (action < 7) {
      const auto delivery = TakeNow();
      ASSERT_EQ(delivery.has_value(), waiting > 0) << step;
      if (!delivery) continue;
      EXPECT_TRUE(live.contains(delivery->job.capture_id));
      taken.push_back(*delivery);
      --waiting;
    } else if (!taken.empty()) {
      const Delivery delivery = taken.back();
      taken.pop_back();
      if (action == 7) {
        ASSERT_TRUE(queue_.GiveBack(delivery));
        ++waiting;
        continue;
      }
      ASSERT_TRUE(action == 8 ? queue_.Done(delivery) : queue_.Bury(delivery, "reason"));
      live.erase(delivery.job.capture_id);
    }
    if (step % 10 != 0) continue;
    int64_t waiting_now = 0;
    int64_t running_now = 0;
    const auto state = queue_.State().value();
    for (const LaneState& lane : state) {
      waiting_now += lane.waiting;
      running_now += lane.running;
    }
    ASSERT_EQ(waiting_now, static_cast<int64_t>(waiting)) << step;
    ASSERT_EQ(running_now, static_cast<int64_t>(taken.size())) << step;
  }
  std::vector<std::string> all;
  for (int i = 0; i < 40; ++i) all.push_back("c" + std::to_string(i));
  EXPECT_EQ(queue_.Live(all).value(), live);
}

}  // namespace
}  // namespace matinee::coord
