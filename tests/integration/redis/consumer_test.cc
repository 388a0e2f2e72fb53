// Consumers that crash, fall silent, and come back.
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

class RedisConsumerTest : public RedisTest {
 protected:
  // As if that consumer had reclaimed the job.
  void GiveTo(const std::string& consumer, const Delivery& delivery) {
    server_.Do(
        {"XCLAIM", Key("jobs:" + delivery.job.queue), "workers", consumer, "0", delivery.receipt});
  }
};

// Of a paused consumer: it sends no heartbeat for as long as the test lasts.
RedisTimeouts Silent() {
  RedisTimeouts times = ShortTimes();
  times.heartbeat_interval = std::chrono::hours(1);
  return times;
}

TEST_F(RedisConsumerTest, ACrashedConsumersJobGoesToAnother) {
  Coordination running = Join();
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(MakeJob("clip", "a", "00-1-2-01")));
    ASSERT_EQ(IdOf(crashed.jobs->Receive(kAllQueues, kTestTimeout)), "a");
  }
  EXPECT_FALSE(running.jobs->Receive(kAllQueues, kNoWait)) << "it may only have been slow";
  const auto delivery = running.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(delivery), "a");
  EXPECT_TRUE(delivery->redelivered);
  EXPECT_EQ(delivery->job.queue, "clip");
  EXPECT_EQ(delivery->job.traceparent, "00-1-2-01");
  EXPECT_GE(delivery->waited, ShortTimes().visibility_timeout);
  EXPECT_TRUE(IsLive(running, "a"));
  ASSERT_TRUE(running.jobs->Ack(*delivery));
  EXPECT_FALSE(IsLive(running, "a"));
}

// Its row is claimed as a takeover, also by the consumer that receives it next.
TEST_F(RedisConsumerTest, ACrashedConsumersJobStaysRedeliveredWhenItIsNacked) {
  Coordination running = Join();
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(MakeJob("clip", "a", "00-1-2-01")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  const auto first = running.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(first), "a");
  ASSERT_TRUE(running.jobs->Nack(*first));
  Coordination other = Join();
  const auto second = other.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(second), "a");
  EXPECT_TRUE(second->redelivered);
  EXPECT_EQ(second->job.traceparent, "00-1-2-01");
  ASSERT_TRUE(other.jobs->Nack(*second));
  // What 0.1.0 reads comes first; the new field is there once, however often it is nacked.
  const auto entries = server_.Do({"XREVRANGE", Key("jobs:clip"), "+", "-", "COUNT", "1"}).items;
  ASSERT_EQ(entries.size(), 1U);
  const auto& fields = entries[0].items[1].items;
  std::vector<std::string> names;
  for (size_t i = 0; i < fields.size(); i += 2) names.push_back(fields[i].text);
  EXPECT_EQ(names, (std::vector<std::string>{"test", "traceparent", "at", "key", "redelivered"}));
}

TEST_F(RedisConsumerTest, TheReservedSlotLeavesTheClipsOfACrashedConsumer) {
  Coordination running = Join();
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(Clip("clip")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
    ASSERT_TRUE(crashed.jobs->Enqueue(Screenshot("screenshot")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  EXPECT_EQ(IdOf(running.jobs->Receive(kReservedSlot, kTestTimeout)), "screenshot");
  EXPECT_FALSE(running.jobs->Receive(kReservedSlot, milliseconds(200)));
  EXPECT_EQ(IdOf(running.jobs->Receive(kAllQueues, kTestTimeout)), "clip");
}

TEST_F(RedisConsumerTest, ClipsAreReclaimedWhateverTheReservedSlotDoes) {
  RedisTimeouts times = ShortTimes();
  times.reclaim_interval = milliseconds(500);
  Coordination running = Join(times);
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  const auto deadline = steady_clock::now() + kTestTimeout;
  std::optional<Delivery> delivery;
  while (!delivery && steady_clock::now() < deadline) {
    // Almost all calls are the reserved slot's.
    for (int i = 0; i < 100; ++i) {
      ASSERT_FALSE(running.jobs->Receive(kReservedSlot, kNoWait));
    }
    delivery = running.jobs->Receive(kAllQueues, kNoWait);
  }
  EXPECT_EQ(IdOf(delivery), "a");
}

TEST_F(RedisConsumerTest, AllJobsOfACrashedConsumerAreReclaimedAtOnce) {
  RedisTimeouts times = ShortTimes();
  times.reclaim_interval = milliseconds(6000);
  Coordination running = Join(times);
  {
    Coordination crashed = Join();
    for (const char* id : {"a", "b", "c"}) {
      ASSERT_TRUE(crashed.jobs->Enqueue(Clip(id)));
      ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
    }
  }
  ASSERT_EQ(IdOf(running.jobs->Receive(kAllQueues, kTestTimeout)), "a");
  EXPECT_EQ(IdOf(running.jobs->Receive(kAllQueues, times.reclaim_interval / 2)), "b");
  EXPECT_EQ(IdOf(running.jobs->Receive(kAllQueues, times.reclaim_interval / 2)), "c");
}

TEST_F(RedisConsumerTest, ANewConsumerReclaimsAtOnceWhereOthersSentHeartbeats) {
  RedisTimeouts times = ShortTimes();
  times.visibility_timeout = milliseconds(5000);
  times.heartbeat_interval = milliseconds(800);  // So that a busy machine skips none.
  Coordination busy = Join(times);               // Sends heartbeats, and receives nothing.
  ASSERT_FALSE(busy.jobs->Receive(kAllQueues, kNoWait));
  {
    Coordination crashed = Join(times);
    ASSERT_TRUE(crashed.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  std::this_thread::sleep_for(times.visibility_timeout + times.heartbeat_interval * 3);
  Coordination fresh = Join(times);
  EXPECT_EQ(IdOf(fresh.jobs->Receive(kAllQueues, times.visibility_timeout / 2)), "a");
}

TEST_F(RedisConsumerTest, ANewConsumerDoesNotReclaimAtOnceWithoutHeartbeatsOfOthers) {
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  std::this_thread::sleep_for(ShortTimes().visibility_timeout * 2);
  Coordination fresh = Join();
  EXPECT_FALSE(fresh.jobs->Receive(kAllQueues, ShortTimes().visibility_timeout / 2))
      << "it may have been Redis that was away";
  EXPECT_EQ(IdOf(fresh.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisConsumerTest, HeartbeatsKeepJobsInFlight) {
  Coordination working = Join();
  Coordination idle = Join();
  ASSERT_TRUE(working.jobs->Enqueue(Clip("a")));
  const auto delivery = working.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_TRUE(delivery);
  EXPECT_FALSE(idle.jobs->Receive(kAllQueues, ShortTimes().visibility_timeout * 3));
  EXPECT_FALSE(working.jobs->Receive(kAllQueues, kNoWait));
  EXPECT_EQ(StateOf(idle, "clip").in_flight, 1);
  ASSERT_TRUE(working.jobs->Ack(*delivery));
  EXPECT_EQ(StateOf(idle, "clip").in_flight, 0);
}

TEST_F(RedisConsumerTest, APausedConsumerDoesNotStealBackReclaimedJobs) {
  Coordination sleeper = Join(Silent());
  Coordination other = Join();
  ASSERT_TRUE(other.jobs->Enqueue(Clip("a")));
  const auto slept_over = sleeper.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(slept_over), "a");
  const auto taken_over = other.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(taken_over), "a");
  EXPECT_TRUE(taken_over->redelivered);
  // When it runs again, it finishes what it believes to be its own.
  EXPECT_TRUE(sleeper.jobs->Ack(*slept_over));
  EXPECT_TRUE(sleeper.jobs->Nack(*slept_over));
  EXPECT_TRUE(sleeper.jobs->DeadLetter(*slept_over, "reason"));
  EXPECT_TRUE(IsLive(other, "a"));
  EXPECT_EQ(StateOf(other, "clip").in_flight, 1);
  EXPECT_EQ(StateOf(other, "clip").queued, 0);
  EXPECT_TRUE(other.jobs->DeadLetters(10).value().empty());
  ASSERT_TRUE(other.jobs->Ack(*taken_over));
  EXPECT_FALSE(IsLive(other, "a"));
}

TEST_F(RedisConsumerTest, AHeartbeatDoesNotRenewAJobOfAnother) {
  Coordination worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_TRUE(delivery);
  GiveTo("another", *delivery);
  std::this_thread::sleep_for(ShortTimes().heartbeat_interval * 4);
  const auto pending = server_.Do({"XPENDING", Key("jobs:clip"), "workers", "-", "+", "10"}).items;
  ASSERT_EQ(pending.size(), 1);
  EXPECT_EQ(pending[0].items[1].text, "another");
  EXPECT_GE(pending[0].items[2].number, ShortTimes().heartbeat_interval.count() * 3) << "idle";
}

TEST_F(RedisConsumerTest, ANewConsumerWaitsAVisibilityTimeoutBeforeItReclaims) {
  {
    Coordination crashed = Join();
    ASSERT_TRUE(crashed.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(crashed.jobs->Receive(kAllQueues, kTestTimeout));
  }
  std::this_thread::sleep_for(ShortTimes().visibility_timeout);
  Coordination fresh = Join();
  const auto before = steady_clock::now();
  EXPECT_EQ(IdOf(fresh.jobs->Receive(kAllQueues, kTestTimeout)), "a");
  EXPECT_GE(steady_clock::now() - before, ShortTimes().visibility_timeout);
}

TEST_F(RedisConsumerTest, AJobLostOnTheWayToItsConsumerIsReceivedAgain) {
  Coordination worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("first")));  // Makes its name known.
  ASSERT_TRUE(worker.jobs->Ack(worker.jobs->Receive(kAllQueues, kTestTimeout).value()));
  const auto consumers = server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items;
  ASSERT_EQ(consumers.size(), 1);
  const std::string name = consumers[0].items[1].text;
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("lost")));
  // Its connection broke at this moment: the job is its own, and it does not know.
  server_.Do({"XREADGROUP", "GROUP", "workers", name, "STREAMS", Key("jobs:clip"), ">"});
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(delivery), "lost");
  EXPECT_TRUE(delivery->redelivered);
}

TEST_F(RedisConsumerTest, AConsumerDoesNotReclaimAJobThatItHasInFlight) {
  Coordination worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_TRUE(delivery);
  GiveTo("a consumer that crashed", *delivery);
  EXPECT_FALSE(worker.jobs->Receive(kAllQueues, ShortTimes().visibility_timeout * 5 / 2));
  Coordination other = Join();
  EXPECT_EQ(IdOf(other.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisConsumerTest, AConsumerThatStopsCleanlyLeavesNothing) {
  Coordination watching = Join();
  {
    Coordination worker = Join();
    ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
    ASSERT_TRUE(worker.jobs->Ack(worker.jobs->Receive(kAllQueues, kTestTimeout).value()));
    EXPECT_EQ(server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items.size(), 1);
  }
  EXPECT_TRUE(server_.Do({"XINFO", "CONSUMERS", Key("jobs:clip"), "workers"}).items.empty());
}

TEST_F(RedisConsumerTest, ALostConsumerWithoutJobsIsDeleted) {
  Coordination maker = Join();
  ASSERT_TRUE(maker.jobs->Enqueue(Clip("a")));
  server_.Do({"XGROUP", "CREATE", Key("jobs:clip"), "workers", "0"});
  server_.Do({"XGROUP", "CREATECONSUMER", Key("jobs:clip"), "workers", "killed"});
  server_.Do({"XREADGROUP", "GROUP", "workers", "holder", "STREAMS", Key("jobs:clip"), ">"});
  RedisTimeouts times = ShortTimes();
  times.consumer_expiry = milliseconds(150);
  times.visibility_timeout = std::chrono::hours(1);
  Coordination worker = Join(times);
  EXPECT_FALSE(worker.jobs->Receive(kAllQueues, kNoWait));
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

TEST_F(RedisConsumerTest, ManyProcessesShareTheJobsAndRunEachOnce) {
  constexpr size_t kJobs = 600;
  std::vector<Coordination> processes;
  for (int i = 0; i < 3; ++i) processes.push_back(Join());
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> slots;
  for (Coordination& process : processes) {
    for (int i = 0; i < 4; ++i) {
      slots.emplace_back([&] {
        while (const auto delivery = process.jobs->Receive(kAllQueues, kTestTimeout)) {
          EXPECT_FALSE(delivery->redelivered);
          EXPECT_TRUE(process.jobs->Ack(*delivery));
          const std::lock_guard lock(mutex);
          seen.insert(delivery->job.subject);
          if (seen.size() < kJobs) continue;
          for (Coordination& other : processes) other.jobs->Close();
        }
      });
    }
  }
  Coordination api = Join();
  for (size_t i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(api.jobs->Enqueue(MakeJob(kTestQueues[i % 3].name, std::to_string(i))));
  }
  for (std::thread& slot : slots) slot.join();
  EXPECT_EQ(seen.size(), kJobs);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

TEST_F(RedisConsumerTest, ManyThreadsReceiveScreenshotsFirst) {
  Coordination worker = Join();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.jobs->Enqueue(Clip("c" + std::to_string(i))));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(worker.jobs->Enqueue(Screenshot("s" + std::to_string(i))));
  }
  std::vector<std::future<void>> slots;
  for (int i = 0; i < 8; ++i) {
    slots.push_back(std::async(std::launch::async, [&] {
      bool clips = false;
      while (const auto delivery = worker.jobs->Receive(kAllQueues, kNoWait)) {
        if (delivery->job.queue == "clip") clips = true;
        EXPECT_EQ(clips, delivery->job.queue == "clip") << "a clip before a screenshot";
        EXPECT_TRUE(worker.jobs->Ack(*delivery));
      }
    }));
  }
  for (auto& slot : slots) slot.get();
}

TEST_F(RedisConsumerTest, JobsWithoutASlotAreNackedAtOnce) {
  constexpr int kSlots = 3;
  constexpr int kJobs = 400;
  Coordination worker = Join();
  Coordination api = Join();
  std::atomic<int> done = 0;
  std::vector<std::thread> slots;
  for (int i = 0; i < kSlots; ++i) {
    slots.emplace_back([&] {
      while (const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout)) {
        EXPECT_FALSE(delivery->redelivered) << "it lay in a worker that had no slot for it";
        EXPECT_TRUE(worker.jobs->Ack(*delivery));
        if (++done == kJobs) worker.jobs->Close();
      }
    });
  }
  // In pulses, so that slots are about to wait when jobs of several queues come at once.
  for (int i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(api.jobs->Enqueue(
        MakeJob(kTestQueues[static_cast<size_t>(i) % kTestQueues.size()].name, std::to_string(i))));
    if (i % 5 == 4) std::this_thread::sleep_for(milliseconds(1));
  }
  for (std::thread& slot : slots) slot.join();
  EXPECT_EQ(done, kJobs);
}

TEST_F(RedisConsumerTest, CloseWakesSixtyFourSlotsAtOnce) {
  Coordination worker = Join();
  std::vector<std::future<std::string>> slots;
  for (int i = 0; i < 64; ++i) {
    slots.push_back(std::async(
        std::launch::async, [&] { return IdOf(worker.jobs->Receive(kAllQueues, kTestTimeout)); }));
  }
  ASSERT_TRUE(Eventually([&] {
    const std::string clients = server_.Do({"INFO", "clients"}).text;
    return clients.find("blocked_clients:64") != std::string::npos;
  }));
  const auto before = steady_clock::now();
  worker.jobs->Close();
  for (auto& slot : slots) EXPECT_EQ(slot.get(), "nothing");
  EXPECT_LT(steady_clock::now() - before, kTestTimeout / 2);
  EXPECT_EQ(StateOf(worker, "screenshot").in_flight, 0);
}

TEST_F(RedisConsumerTest, CloseLosesNothingWhileJobsArrive) {
  Coordination api = Join();
  constexpr int kJobs = 200;
  std::multiset<std::string> seen;
  std::mutex mutex;
  std::thread producer([&] {
    for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(api.jobs->Enqueue(Clip(std::to_string(i))));
  });
  // One worker after the other starts, and closes in the middle of it.
  while (true) {
    {
      const std::lock_guard lock(mutex);
      if (seen.size() >= kJobs) break;
    }
    Coordination worker = Join();
    std::vector<std::thread> slots;
    for (int i = 0; i < 4; ++i) {
      slots.emplace_back([&] {
        while (const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout)) {
          EXPECT_FALSE(delivery->redelivered) << "it was lost on the way";
          EXPECT_TRUE(worker.jobs->Ack(*delivery));
          const std::lock_guard lock(mutex);
          seen.insert(delivery->job.subject);
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
