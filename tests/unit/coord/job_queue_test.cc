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
constexpr seconds kTestTimeout{30};
constexpr milliseconds kNoWait{0};

Job Screenshot(const std::string& id) {
  return MakeJob("screenshot", id);
}
Job Clip(const std::string& id) {
  return MakeJob("clip", id);
}
Job Background(const std::string& id) {
  return MakeJob("background", id);
}

std::string IdOf(const std::optional<Delivery>& delivery) {
  return delivery ? delivery->job.subject : "nothing";
}

class JobQueueTest : public testing::Test {
 protected:
  void Enqueue(const Job& job) {
    const Status enqueued = queue_.Enqueue(job);
    ASSERT_TRUE(enqueued) << enqueued.error().message;
  }
  std::optional<Delivery> ReceiveNow(const QueueFilter& filter = kAllQueues) {
    return queue_.Receive(filter, kNoWait);
  }
  std::string IdOfNext(const QueueFilter& filter = kAllQueues) { return IdOf(ReceiveNow(filter)); }
  std::string IdOfNextPatiently(const QueueFilter& filter = kAllQueues) {
    return IdOf(queue_.Receive(filter, kTestTimeout));
  }
  bool IsLive(const std::string& id) { return queue_.Live({id}).value().contains(id); }
  QueueState StateOf(const std::string& queue) { return coord::StateOf(queue_, queue); }

  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  Coordination coord_ = world_->Join();
  JobQueue& queue_ = *coord_.jobs;
};

TEST_F(JobQueueTest, DeliversTheJobsOfAQueueInOrder) {
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  EXPECT_EQ(IdOfNext(), "a");
  EXPECT_EQ(IdOfNext(), "b");
  EXPECT_EQ(IdOfNext(), "c");
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueTest, ServesTheQueuesByPriority) {
  Enqueue(Background("background"));
  Enqueue(Clip("clip"));
  Enqueue(Screenshot("screenshot"));
  for (const Queue& queue : kTestQueues) {
    const auto delivery = ReceiveNow();
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->job.subject, queue.name);
    EXPECT_EQ(delivery->job.queue, queue.name);
    EXPECT_FALSE(delivery->redelivered);
  }
}

TEST_F(JobQueueTest, DeliversOnlyTheReservedQueueToAReservedSlot) {
  Enqueue(Clip("clip"));
  Enqueue(Background("background"));
  EXPECT_EQ(IdOfNext(kReservedSlot), "nothing");
  Enqueue(Screenshot("screenshot"));
  EXPECT_EQ(IdOfNext(kReservedSlot), "screenshot");
  EXPECT_EQ(IdOfNext(), "clip");
}

TEST_F(JobQueueTest, KeepsTheTraceparent) {
  Job job = Clip("a");
  job.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Enqueue(job);
  const auto delivery = ReceiveNow();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.traceparent, job.traceparent);
  ASSERT_TRUE(queue_.Nack(*delivery));
  EXPECT_EQ(ReceiveNow().value().job.traceparent, job.traceparent);
}

TEST_F(JobQueueTest, ReportsHowLongAJobWasQueued) {
  Enqueue(Clip("a"));
  std::this_thread::sleep_for(milliseconds(30));
  const auto delivery = ReceiveNow();
  ASSERT_TRUE(delivery);
  EXPECT_GE(delivery->waited, milliseconds(25));
  EXPECT_LE(delivery->waited, kTestTimeout);
  ASSERT_TRUE(queue_.Nack(*delivery));
  EXPECT_GE(ReceiveNow().value().waited, milliseconds(25)) << "counted from Enqueue";
}

TEST_F(JobQueueTest, KeepsOneLiveJobOfAKeyInAllQueues) {
  Enqueue(Clip("a"));
  Enqueue(Clip("a"));
  Enqueue(Screenshot("a"));
  Enqueue(Background("a"));
  const auto delivery = ReceiveNow();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.queue, "clip");
  Enqueue(Screenshot("a"));  // In flight it is live as well.
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueTest, AcceptsAKeyAgainOnceItsJobIsAcked) {
  Enqueue(Clip("a"));
  const auto delivery = ReceiveNow();
  ASSERT_TRUE(delivery);
  ASSERT_TRUE(queue_.Ack(*delivery));
  EXPECT_EQ(IdOfNext(), "nothing");
  Enqueue(Screenshot("a"));
  EXPECT_EQ(IdOfNext(), "a");
}

TEST_F(JobQueueTest, IgnoresASecondAck) {
  Enqueue(Clip("a"));
  const auto first = ReceiveNow();
  ASSERT_TRUE(first);
  ASSERT_TRUE(queue_.Ack(*first));
  EXPECT_TRUE(queue_.Ack(*first));
  EXPECT_TRUE(queue_.Nack(*first));
  EXPECT_EQ(IdOfNext(), "nothing");
}

TEST_F(JobQueueTest, RequeuesANackedJob) {
  Enqueue(Clip("a"));
  Enqueue(Clip("b"));
  const auto delivery = ReceiveNow();
  ASSERT_EQ(IdOf(delivery), "a");
  ASSERT_TRUE(queue_.Nack(*delivery));
  EXPECT_TRUE(IsLive("a"));
  EXPECT_EQ(IdOfNext(), "b");
  const auto again = ReceiveNow();
  ASSERT_EQ(IdOf(again), "a");
  EXPECT_FALSE(again->redelivered) << "no consumer crashed";
  ASSERT_TRUE(queue_.Ack(*again));
  EXPECT_FALSE(IsLive("a"));
}

TEST_F(JobQueueTest, ARedeliveredJobStaysRedeliveredWhenItIsNacked) {
  Enqueue(Clip("a"));
  auto delivery = ReceiveNow();
  ASSERT_TRUE(delivery);
  delivery->redelivered = true;  // As if its first consumer had crashed.
  for (int nacks = 1; nacks <= 3; ++nacks) {
    ASSERT_TRUE(queue_.Nack(*delivery));
    delivery = ReceiveNow();
    ASSERT_EQ(IdOf(delivery), "a") << nacks;
    EXPECT_TRUE(delivery->redelivered) << nacks;
  }
  ASSERT_TRUE(queue_.Ack(*delivery));
  Enqueue(Clip("a"));
  EXPECT_FALSE(ReceiveNow().value().redelivered) << "another job of the same key";
}

TEST_F(JobQueueTest, KeepsADeadLetterWithItsReason) {
  for (const char* id : {"a", "b", "c"}) {
    Enqueue(Clip(id));
    const auto delivery = ReceiveNow();
    ASSERT_TRUE(delivery);
    ASSERT_TRUE(queue_.DeadLetter(*delivery, "no end of " + std::string(id)));
    EXPECT_FALSE(IsLive(id));
  }
  EXPECT_EQ(IdOfNext(), "nothing");
  const auto dead_letters = queue_.DeadLetters(2).value();
  ASSERT_EQ(dead_letters.size(), 2);
  EXPECT_EQ(dead_letters[0].job.subject, "b");
  EXPECT_EQ(dead_letters[1].job.subject, "c");
  EXPECT_EQ(dead_letters[1].job.queue, "clip");
  EXPECT_EQ(dead_letters[1].reason, "no end of c");
  EXPECT_TRUE(queue_.DeadLetters(0).value().empty());
  EXPECT_EQ(queue_.DeadLetters(100).value().size(), 3);
  Enqueue(Clip("a"));
  EXPECT_EQ(IdOfNext(), "a") << "it may be tried again";
}

TEST_F(JobQueueTest, DropsTheOldestOfTooManyDeadLetters) {
  for (size_t i = 0; i <= kDeadLettersMax; ++i) {
    Enqueue(Clip(std::to_string(i)));
    ASSERT_TRUE(queue_.DeadLetter(ReceiveNow().value(), "reason"));
  }
  const auto dead_letters = queue_.DeadLetters(2 * kDeadLettersMax).value();
  ASSERT_EQ(dead_letters.size(), kDeadLettersMax);
  EXPECT_EQ(dead_letters.front().job.subject, "1");
  EXPECT_EQ(dead_letters.back().job.subject, std::to_string(kDeadLettersMax));
}

TEST_F(JobQueueTest, RefusesAJobOfAFullQueue) {
  const size_t jobs_max = kTestQueues[1].jobs_max;
  for (size_t i = 0; i < jobs_max; ++i) Enqueue(Clip(std::to_string(i)));
  const Status full = queue_.Enqueue(Clip("one too many"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kUnavailable);
  EXPECT_FALSE(IsLive("one too many"));
  Enqueue(Clip("0"));        // A key that is queued already is not an error,
  Enqueue(Screenshot("s"));  // and the other queue has room.
  EXPECT_EQ(IdOfNext(), "s");
  const auto taken = ReceiveNow();
  ASSERT_EQ(IdOf(taken), "0");
  EXPECT_FALSE(queue_.Enqueue(Clip("one too many"))) << "in flight it still counts";
  ASSERT_TRUE(queue_.Ack(*taken));
  Enqueue(Clip("fits now"));
}

TEST_F(JobQueueTest, RefusesAJobThatCannotBe) {
  Job unknown_queue = Clip("a");
  unknown_queue.queue = "unheard_of";
  Job no_kind = Clip("a");
  no_kind.kind = "";
  for (const Job& job : {unknown_queue, no_kind, Clip(""), Clip("a\nb"), Clip("\xff"),
                         Clip(std::string(129, 'a'))}) {
    const Status refused = queue_.Enqueue(job);
    ASSERT_FALSE(refused) << job.queue << " " << job.kind << " " << job.subject;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  }
}

TEST_F(JobQueueTest, KeepsJobsOfTwoKindsAboutOneSubjectApart) {
  Enqueue({.queue = "clip", .kind = "first", .subject = "a"});
  Enqueue({.queue = "clip", .kind = "second", .subject = "a"});
  Enqueue({.queue = "screenshot", .kind = "second", .subject = "a"});
  EXPECT_EQ(queue_.Live({"first:a", "second:a", "a"}).value(),
            (std::set<std::string>{"first:a", "second:a"}));
  const auto first = ReceiveNow();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->job.kind, "first");
  ASSERT_TRUE(queue_.Ack(*first));
  const auto second = ReceiveNow();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->job.kind, "second");
  EXPECT_EQ(second->job.queue, "clip");
  EXPECT_FALSE(ReceiveNow());
}

TEST_F(JobQueueTest, FindsTheLiveKeys) {
  EXPECT_TRUE(queue_.Live({}).value().empty());
  Enqueue(Screenshot("waits"));
  Enqueue(Clip("runs"));
  Enqueue(Background("nacked"));
  Enqueue(Background("done"));
  ASSERT_EQ(IdOfNext(), "waits");
  ASSERT_EQ(IdOfNext(), "runs");
  ASSERT_TRUE(queue_.Nack(ReceiveNow().value()));
  ASSERT_TRUE(queue_.Ack(ReceiveNow().value()));
  EXPECT_EQ(queue_.Live({"waits", "runs", "nacked", "done", "unknown", ""}).value(),
            (std::set<std::string>{"waits", "runs", "nacked"}));
}

TEST_F(JobQueueTest, FindsManyLiveKeysInOneCall) {
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

TEST_F(JobQueueTest, ReportsQueuedAndInFlight) {
  EXPECT_EQ(StateOf("clip").queued, 0);
  EXPECT_EQ(StateOf("clip").oldest_age, milliseconds(0));
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  Enqueue(Screenshot("s"));
  EXPECT_EQ(StateOf("clip").queued, 3);
  EXPECT_EQ(StateOf("clip").in_flight, 0);
  EXPECT_EQ(StateOf("background").queued, 0);
  ASSERT_EQ(IdOfNext(), "s");
  const auto delivery = ReceiveNow();
  EXPECT_EQ(StateOf("clip").queued, 2);
  EXPECT_EQ(StateOf("clip").in_flight, 1);
  EXPECT_EQ(StateOf("screenshot").in_flight, 1);
  ASSERT_TRUE(queue_.Nack(delivery.value()));
  EXPECT_EQ(StateOf("clip").queued, 3);
  EXPECT_EQ(StateOf("clip").in_flight, 0);
  while (const auto next = ReceiveNow()) ASSERT_TRUE(queue_.Ack(*next));
  EXPECT_EQ(StateOf("clip").queued, 0);
  EXPECT_EQ(StateOf("clip").in_flight, 0);
}

TEST_F(JobQueueTest, ReportsTheAgeOfTheOldestQueuedJob) {
  Enqueue(Clip("a"));
  std::this_thread::sleep_for(milliseconds(50));
  const auto before = steady_clock::now();
  Enqueue(Clip("b"));
  EXPECT_GE(StateOf("clip").oldest_age, milliseconds(45));
  const auto delivery = ReceiveNow();
  const auto age_of_b = StateOf("clip").oldest_age;
  EXPECT_LE(age_of_b, steady_clock::now() - before + milliseconds(5));
  ASSERT_TRUE(queue_.Ack(delivery.value()));
}

TEST_F(JobQueueTest, WakesAReceiveWhenAJobComes) {
  auto taken = std::async(std::launch::async, [&] { return IdOfNextPatiently(); });
  std::this_thread::sleep_for(milliseconds(50));  // So that it waits, most probably.
  const auto before = steady_clock::now();
  Enqueue(Clip("a"));
  EXPECT_EQ(taken.get(), "a");
  EXPECT_LT(steady_clock::now() - before, kTestTimeout / 2);
}

TEST_F(JobQueueTest, WakesTheSlotThatServesTheQueueAndNotOnlyAnother) {
  // A clip that wakes nothing but the slot for screenshots would lie there until the wait is over.
  auto screenshots =
      std::async(std::launch::async, [&] { return IdOfNextPatiently(kReservedSlot); });
  auto all = std::async(std::launch::async, [&] { return IdOfNextPatiently(); });
  Enqueue(Clip("clip"));
  EXPECT_EQ(all.get(), "clip");
  Enqueue(Screenshot("screenshot"));
  EXPECT_EQ(screenshots.get(), "screenshot");
}

TEST_F(JobQueueTest, ReturnsNothingAfterTheWait) {
  constexpr milliseconds kWait{20};
  const auto before = steady_clock::now();
  EXPECT_FALSE(queue_.Receive(kAllQueues, kWait));
  EXPECT_GE(steady_clock::now() - before, kWait);
  EXPECT_LT(steady_clock::now() - before, kWait + seconds(10));
}

TEST_F(JobQueueTest, DeliversAndAcceptsNothingOnceClosed) {
  Enqueue(Screenshot("left"));
  queue_.Close();
  EXPECT_EQ(IdOfNextPatiently(), "nothing");
  const Status refused = queue_.Enqueue(Screenshot("late"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  queue_.Close();
}

TEST_F(JobQueueTest, StillSettlesJobsOnceClosed) {
  for (const char* id : {"a", "b", "c"}) Enqueue(Clip(id));
  const std::array<Delivery, 3> taken = {ReceiveNow().value(), ReceiveNow().value(),
                                         ReceiveNow().value()};
  queue_.Close();
  EXPECT_TRUE(queue_.Ack(taken[0]));
  EXPECT_TRUE(queue_.Nack(taken[1]));
  EXPECT_TRUE(queue_.DeadLetter(taken[2], "reason"));
  EXPECT_EQ(queue_.Live({"a", "b", "c"}).value(), std::set<std::string>{"b"});
}

TEST_F(JobQueueTest, WakesEveryReceiveWhenItCloses) {
  std::vector<std::future<std::string>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return IdOfNextPatiently(); }));
  }
  std::this_thread::sleep_for(milliseconds(20));
  const auto before = steady_clock::now();
  queue_.Close();
  for (auto& one : waiting) EXPECT_EQ(one.get(), "nothing");
  EXPECT_LT(steady_clock::now() - before, kTestTimeout / 2);
}

TEST_F(JobQueueTest, AcceptsTheLongestWait) {
  auto taken = std::async(std::launch::async,
                          [&] { return IdOf(queue_.Receive(kAllQueues, milliseconds::max())); });
  queue_.Close();
  EXPECT_EQ(taken.get(), "nothing");
}

TEST_F(JobQueueTest, DeliversEachJobOnce) {
  constexpr size_t kJobs = 300;
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> workers;
  for (int i = 0; i < 6; ++i) {
    workers.emplace_back([&] {
      while (const auto delivery = queue_.Receive(kAllQueues, kTestTimeout)) {
        EXPECT_TRUE(queue_.Ack(*delivery));
        const std::lock_guard lock(mutex);
        seen.insert(delivery->job.subject);
        if (seen.size() == kJobs) queue_.Close();
      }
    });
  }
  for (size_t i = 0; i < kJobs; ++i) {
    Enqueue(MakeJob(kTestQueues[i % 3].name, std::to_string(i)));
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(seen.size(), kJobs);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), kJobs);
}

// Does at random what workers do, and compares with a model.
TEST_F(JobQueueTest, CountsRightAfterAnyOrderOfCalls) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same each time.
  std::set<std::string> live;
  std::vector<Delivery> taken;
  size_t waiting = 0;
  for (int step = 0; step < 1500; ++step) {
    const auto action = random() % 10;
    if (action < 4) {
      const Job job = MakeJob(kTestQueues[random() % 3].name, "c" + std::to_string(random() % 40));
      Enqueue(job);
      if (live.insert(job.subject).second) ++waiting;
    } else if (action < 7) {
      const auto delivery = ReceiveNow();
      ASSERT_EQ(delivery.has_value(), waiting > 0) << step;
      if (!delivery) continue;
      EXPECT_TRUE(live.contains(delivery->job.subject));
      taken.push_back(*delivery);
      --waiting;
    } else if (!taken.empty()) {
      const Delivery delivery = taken.back();
      taken.pop_back();
      if (action == 7) {
        ASSERT_TRUE(queue_.Nack(delivery));
        ++waiting;
        continue;
      }
      ASSERT_TRUE(action == 8 ? queue_.Ack(delivery) : queue_.DeadLetter(delivery, "reason"));
      live.erase(delivery.job.subject);
    }
    if (step % 10 != 0) continue;
    int64_t waiting_now = 0;
    int64_t running_now = 0;
    const auto state = queue_.State().value();
    for (const QueueState& queue : state) {
      waiting_now += queue.queued;
      running_now += queue.in_flight;
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
