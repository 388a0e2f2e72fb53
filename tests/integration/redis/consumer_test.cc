// Workers that die, fall silent, and come back.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class RedisWorkers : public RedisTest {
 protected:
  // As if that consumer had taken the job over.
  void GiveTo(const std::string& consumer, const Delivery& delivery) {
    server_.Do({"XCLAIM", Key("jobs:" + std::string(ToString(delivery.job.lane))), "workers",
                consumer, "0", delivery.receipt});
  }
};

// Of a worker that stops: it says nothing for as long as the test lasts.
RedisTimes Silent() {
  RedisTimes times = ShortTimes();
  times.beat_interval = std::chrono::hours(1);
  return times;
}

TEST_F(RedisWorkers, GiveTheJobOfADeadOneToAnother) {
  Coord living = Join();
  {
    Coord dying = Join();
    ASSERT_TRUE(dying.jobs->Enqueue({Lane::kClip, "a", "00-1-2-01"}));
    ASSERT_EQ(IdOf(dying.jobs->Take(Accept::kAll, kPatience)), "a");
  }
  EXPECT_FALSE(living.jobs->Take(Accept::kAll, kNoWait)) << "it may only have been slow";
  const auto delivery = living.jobs->Take(Accept::kAll, kPatience);
  ASSERT_EQ(IdOf(delivery), "a");
  EXPECT_TRUE(delivery->redelivered);
  EXPECT_EQ(delivery->job.lane, Lane::kClip);
  EXPECT_EQ(delivery->job.traceparent, "00-1-2-01");
  EXPECT_GE(delivery->waited, ShortTimes().silent_after);
  EXPECT_TRUE(IsLive(living, "a"));
  ASSERT_TRUE(living.jobs->Done(*delivery));
  EXPECT_FALSE(IsLive(living, "a"));
}

TEST_F(RedisWorkers, LeaveTheDeadOnesClipsToSlotsThatServeClips) {
  Coord living = Join();
  {
    Coord dying = Join();
    ASSERT_TRUE(dying.jobs->Enqueue(Clip("clip")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
    ASSERT_TRUE(dying.jobs->Enqueue(Screenshot("screenshot")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
  }
  EXPECT_EQ(IdOf(living.jobs->Take(Accept::kScreenshotsOnly, kPatience)), "screenshot");
  EXPECT_FALSE(living.jobs->Take(Accept::kScreenshotsOnly, milliseconds(200)));
  EXPECT_EQ(IdOf(living.jobs->Take(Accept::kAll, kPatience)), "clip");
}

TEST_F(RedisWorkers, LookForClipsWhateverTheSlotForScreenshotsDoes) {
  RedisTimes times = ShortTimes();
  times.look_interval = milliseconds(500);
  Coord living = Join(times);
  {
    Coord dying = Join();
    ASSERT_TRUE(dying.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
  }
  const auto deadline = steady_clock::now() + kPatience;
  std::optional<Delivery> delivery;
  while (!delivery && steady_clock::now() < deadline) {
    // Most turns are the other slot's, as good as all of them.
    for (int i = 0; i < 100; ++i) {
      ASSERT_FALSE(living.jobs->Take(Accept::kScreenshotsOnly, kNoWait));
    }
    delivery = living.jobs->Take(Accept::kAll, kNoWait);
  }
  EXPECT_EQ(IdOf(delivery), "a");
}

TEST_F(RedisWorkers, TakeAllThatADeadOneLeftWithoutAPause) {
  RedisTimes times = ShortTimes();
  times.look_interval = milliseconds(6000);
  Coord living = Join(times);
  {
    Coord dying = Join();
    for (const char* id : {"a", "b", "c"}) {
      ASSERT_TRUE(dying.jobs->Enqueue(Clip(id)));
      ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
    }
  }
  ASSERT_EQ(IdOf(living.jobs->Take(Accept::kAll, kPatience)), "a");
  EXPECT_EQ(IdOf(living.jobs->Take(Accept::kAll, times.look_interval / 2)), "b");
  EXPECT_EQ(IdOf(living.jobs->Take(Accept::kAll, times.look_interval / 2)), "c");
}

TEST_F(RedisWorkers, ThatAreNewMayLookAtOnceWhereOthersHaveBeaten) {
  RedisTimes times = ShortTimes();
  times.silent_after = milliseconds(5000);
  times.beat_interval = milliseconds(800);  // So that a busy machine skips none.
  Coord busy = Join(times);                 // Beats, and takes nothing.
  ASSERT_FALSE(busy.jobs->Take(Accept::kAll, kNoWait));
  {
    Coord dying = Join(times);
    ASSERT_TRUE(dying.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
  }
  std::this_thread::sleep_for(times.silent_after + times.beat_interval * 3);
  Coord fresh = Join(times);
  EXPECT_EQ(IdOf(fresh.jobs->Take(Accept::kAll, times.silent_after / 2)), "a");
}

TEST_F(RedisWorkers, ThatAreNewJudgeNobodyWhereNobodyHasBeaten) {
  {
    Coord dying = Join();
    ASSERT_TRUE(dying.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
  }
  std::this_thread::sleep_for(ShortTimes().silent_after * 2);
  Coord fresh = Join();
  EXPECT_FALSE(fresh.jobs->Take(Accept::kAll, ShortTimes().silent_after / 2))
      << "it may have been Redis that was away";
  EXPECT_EQ(IdOf(fresh.jobs->Take(Accept::kAll, kPatience)), "a");
}

TEST_F(RedisWorkers, KeepTheirJobsWhileTheyBeat) {
  Coord working = Join();
  Coord idle = Join();
  ASSERT_TRUE(working.jobs->Enqueue(Clip("a")));
  const auto delivery = working.jobs->Take(Accept::kAll, kPatience);
  ASSERT_TRUE(delivery);
  EXPECT_FALSE(idle.jobs->Take(Accept::kAll, ShortTimes().silent_after * 3));
  EXPECT_FALSE(working.jobs->Take(Accept::kAll, kNoWait));
  EXPECT_EQ(StateOf(idle, Lane::kClip).running, 1);
  ASSERT_TRUE(working.jobs->Done(*delivery));
  EXPECT_EQ(StateOf(idle, Lane::kClip).running, 0);
}

TEST_F(RedisWorkers, DoNotStealBackWhatWasTakenFromThemWhileTheySlept) {
  Coord sleeper = Join(Silent());
  Coord other = Join();
  ASSERT_TRUE(other.jobs->Enqueue(Clip("a")));
  const auto slept_over = sleeper.jobs->Take(Accept::kAll, kPatience);
  ASSERT_EQ(IdOf(slept_over), "a");
  const auto taken_over = other.jobs->Take(Accept::kAll, kPatience);
  ASSERT_EQ(IdOf(taken_over), "a");
  EXPECT_TRUE(taken_over->redelivered);
  // Awake again, it finishes what it believes to be its own.
  EXPECT_TRUE(sleeper.jobs->Done(*slept_over));
  EXPECT_TRUE(sleeper.jobs->GiveBack(*slept_over));
  EXPECT_TRUE(sleeper.jobs->Bury(*slept_over, "reason"));
  EXPECT_TRUE(IsLive(other, "a"));
  EXPECT_EQ(StateOf(other, Lane::kClip).running, 1);
  EXPECT_EQ(StateOf(other, Lane::kClip).waiting, 0);
  EXPECT_TRUE(other.jobs->Dead(10).value().empty());
  ASSERT_TRUE(other.jobs->Done(*taken_over));
  EXPECT_FALSE(IsLive(other, "a"));
}

TEST_F(RedisWorkers, DoNotRenewByABeatWhatAnotherHas) {
  Coord worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  const auto delivery = worker.jobs->Take(Accept::kAll, kPatience);
  ASSERT_TRUE(delivery);
  GiveTo("somebody", *delivery);
  std::this_thread::sleep_for(ShortTimes().beat_interval * 4);
  const auto pending = server_.Do({"XPENDING", Key("jobs:clip"), "workers", "-", "+", "10"}).items;
  ASSERT_EQ(pending.size(), 1);
  EXPECT_EQ(pending[0].items[1].text, "somebody");
  EXPECT_GE(pending[0].items[2].number, ShortTimes().beat_interval.count() * 3) << "idle";
}

TEST_F(RedisWorkers, JudgeNobodyBeforeTheyHaveWatchedForLongEnough) {
  {
    Coord dying = Join();
    ASSERT_TRUE(dying.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(dying.jobs->Take(Accept::kAll, kPatience));
  }
  std::this_thread::sleep_for(ShortTimes().silent_after);
  Coord fresh = Join();
  const auto before = steady_clock::now();
  EXPECT_EQ(IdOf(fresh.jobs->Take(Accept::kAll, kPatience)), "a");
  EXPECT_GE(steady_clock::now() - before, ShortTimes().silent_after);
}

TEST_F(RedisWorkers, FindAgainWhatWasDeliveredToThemAndLostOnTheWay) {
  Coord worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("first")));  // Makes its name known.
  ASSERT_TRUE(worker.jobs->Done(worker.jobs->Take(Accept::kAll, kPatience).value()));
  const auto consumers = server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items;
  ASSERT_EQ(consumers.size(), 1);
  const std::string name = consumers[0].items[1].text;
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("lost")));
  // Its connection broke at this moment: the job is its own, and it does not know.
  server_.Do({"XREADGROUP", "GROUP", "workers", name, "STREAMS", Key("jobs:clip"), ">"});
  const auto delivery = worker.jobs->Take(Accept::kAll, kPatience);
  ASSERT_EQ(IdOf(delivery), "lost");
  EXPECT_TRUE(delivery->redelivered);
}

TEST_F(RedisWorkers, DoNotTakeOverWhatIsInTheirOwnHands) {
  Coord worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  const auto delivery = worker.jobs->Take(Accept::kAll, kPatience);
  ASSERT_TRUE(delivery);
  GiveTo("one who took it over and died", *delivery);
  EXPECT_FALSE(worker.jobs->Take(Accept::kAll, ShortTimes().silent_after * 5 / 2));
  Coord other = Join();
  EXPECT_EQ(IdOf(other.jobs->Take(Accept::kAll, kPatience)), "a");
}

TEST_F(RedisWorkers, LeaveNothingBehindWhenTheyEndInGoodOrder) {
  Coord watching = Join();
  {
    Coord worker = Join();
    ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(worker.jobs->Done(worker.jobs->Take(Accept::kAll, kPatience).value()));
    EXPECT_EQ(server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items.size(), 1);
  }
  EXPECT_TRUE(server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items.empty());
}

TEST_F(RedisWorkers, AreForgottenOnceTheyAreLongDeadAndHaveNothingLeft) {
  Coord maker = Join();
  ASSERT_TRUE(maker.jobs->Enqueue(Clip("a")));
  server_.Do({"XGROUP", "CREATE", Key("jobs:clip"), "workers", "0"});
  server_.Do({"XGROUP", "CREATECONSUMER", Key("jobs:clip"), "workers", "killed"});
  server_.Do({"XREADGROUP", "GROUP", "workers", "holder", "STREAMS", Key("jobs:clip"), ">"});
  RedisTimes times = ShortTimes();
  times.consumer_life = milliseconds(150);
  times.silent_after = std::chrono::hours(1);
  Coord worker = Join(times);
  EXPECT_FALSE(worker.jobs->Take(Accept::kAll, kNoWait));
  std::set<std::string> names;
  EXPECT_TRUE(Eventually([&] {
    names.clear();
    for (const auto& one : server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items) {
      names.insert(one.items[1].text);
    }
    return !names.contains("killed");
  }));
  EXPECT_TRUE(names.contains("holder")) << "its job would be lost with it";
}

TEST_F(RedisWorkers, OfManyProcessesShareTheJobsAndNoneIsDoneTwice) {
  constexpr size_t kJobs = 600;
  std::vector<Coord> processes;
  for (int i = 0; i < 3; ++i) processes.push_back(Join());
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> slots;
  for (Coord& process : processes) {
    for (int i = 0; i < 4; ++i) {
      slots.emplace_back([&] {
        while (const auto delivery = process.jobs->Take(Accept::kAll, kPatience)) {
          EXPECT_FALSE(delivery->redelivered);
          EXPECT_TRUE(process.jobs->Done(*delivery));
          const std::lock_guard lock(mutex);
          seen.insert(delivery->job.capture_id);
          if (seen.size() < kJobs) continue;
          for (Coord& other : processes) other.jobs->Close();
        }
      });
    }
  }
  Coord api = Join();
  for (size_t i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(api.jobs->Enqueue({kLanes.at(i % kLanes.size()), std::to_string(i), {}}));
  }
  for (std::thread& slot : slots) slot.join();
  EXPECT_EQ(seen.size(), kJobs);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

TEST_F(RedisWorkers, ServeScreenshotsFirstWithManyThreads) {
  Coord worker = Join();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.jobs->Enqueue(Clip("c" + std::to_string(i))));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(worker.jobs->Enqueue(Screenshot("s" + std::to_string(i))));
  }
  std::vector<std::future<void>> slots;
  for (int i = 0; i < 8; ++i) {
    slots.push_back(std::async(std::launch::async, [&] {
      bool clips = false;
      while (const auto delivery = worker.jobs->Take(Accept::kAll, kNoWait)) {
        if (delivery->job.lane == Lane::kClip) clips = true;
        EXPECT_EQ(clips, delivery->job.lane == Lane::kClip) << "a clip before a screenshot";
        EXPECT_TRUE(worker.jobs->Done(*delivery));
      }
    }));
  }
  for (auto& slot : slots) slot.get();
}

TEST_F(RedisWorkers, GiveBackAtOnceWhatTheyHaveNoSlotFor) {
  constexpr int kSlots = 3;
  constexpr int kJobs = 400;
  Coord worker = Join();
  Coord api = Join();
  std::atomic<int> done = 0;
  std::vector<std::thread> slots;
  for (int i = 0; i < kSlots; ++i) {
    slots.emplace_back([&] {
      while (const auto delivery = worker.jobs->Take(Accept::kAll, kPatience)) {
        EXPECT_FALSE(delivery->redelivered) << "it lay in a worker that had no slot for it";
        EXPECT_TRUE(worker.jobs->Done(*delivery));
        if (++done == kJobs) worker.jobs->Close();
      }
    });
  }
  // In pulses, so that slots are about to wait when jobs of several lanes come at once.
  for (int i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(api.jobs->Enqueue(
        {kLanes.at(static_cast<size_t>(i) % kLanes.size()), std::to_string(i), {}}));
    if (i % 5 == 4) std::this_thread::sleep_for(milliseconds(1));
  }
  for (std::thread& slot : slots) slot.join();
  EXPECT_EQ(done, kJobs);
}

TEST_F(RedisWorkers, WithSixtyFourSlotsWakeAtOnceWhenTheyClose) {
  Coord worker = Join();
  std::vector<std::future<std::string>> slots;
  for (int i = 0; i < 64; ++i) {
    slots.push_back(std::async(std::launch::async,
                               [&] { return IdOf(worker.jobs->Take(Accept::kAll, kPatience)); }));
  }
  ASSERT_TRUE(Eventually([&] {
    const std::string clients = server_.Do({"INFO", "clients"}).text;
    return clients.find("blocked_clients:64") != std::string::npos;
  }));
  const auto before = steady_clock::now();
  worker.jobs->Close();
  for (auto& slot : slots) EXPECT_EQ(slot.get(), "nothing");
  EXPECT_LT(steady_clock::now() - before, kPatience / 2);
  EXPECT_EQ(StateOf(worker, Lane::kScreenshot).running, 0);
}

TEST_F(RedisWorkers, LoseNothingWhenTheyCloseWhileJobsCome) {
  Coord api = Join();
  constexpr int kJobs = 200;
  std::multiset<std::string> seen;
  std::mutex mutex;
  std::thread producer([&] {
    for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(api.jobs->Enqueue(Clip(std::to_string(i))));
  });
  // One worker after the other begins, and closes in the middle of it.
  while (true) {
    {
      const std::lock_guard lock(mutex);
      if (seen.size() >= kJobs) break;
    }
    Coord worker = Join();
    std::vector<std::thread> slots;
    for (int i = 0; i < 4; ++i) {
      slots.emplace_back([&] {
        while (const auto delivery = worker.jobs->Take(Accept::kAll, kPatience)) {
          EXPECT_FALSE(delivery->redelivered) << "it was lost on the way";
          EXPECT_TRUE(worker.jobs->Done(*delivery));
          const std::lock_guard lock(mutex);
          seen.insert(delivery->job.capture_id);
        }
      });
    }
    std::this_thread::sleep_for(milliseconds(4));
    worker.jobs->Close();
    for (std::thread& slot : slots) slot.join();
  }
  producer.join();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

}  // namespace
}  // namespace matinee::coord
