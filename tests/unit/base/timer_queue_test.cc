#include "base/timer_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/await.h"

namespace matinee {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(TimerQueueTest, CallsBackAfterTheDelay) {
  std::promise<std::chrono::steady_clock::time_point> called;
  TimerQueue timers;
  const auto begin = std::chrono::steady_clock::now();
  timers.After(milliseconds(20), [&] { called.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(Await(called) - begin, milliseconds(20));
}

TEST(TimerQueueTest, CallsBackInTheOrderOfTheDueTimes) {
  std::vector<std::string> order;
  std::promise<void> last;
  TimerQueue timers;
  timers.After(milliseconds(40), [&] {
    order.emplace_back("third");
    last.set_value();
  });
  timers.After(milliseconds(20), [&] { order.emplace_back("second"); });
  timers.After(milliseconds(0), [&] { order.emplace_back("first"); });
  Await(last);
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "third"}));
}

TEST(TimerQueueTest, CallsBackInTheOrderOfTheCallsWhenTheTimesAreEqual) {
  std::vector<int> order;
  std::promise<void> last;
  std::promise<void> begin;
  TimerQueue timers;
  timers.After(milliseconds(0), [&] { Await(begin); });  // Blocks the thread.
  for (int i = 0; i < 20; ++i) timers.After(milliseconds(0), [&order, i] { order.push_back(i); });
  timers.After(milliseconds(0), [&last] { last.set_value(); });
  begin.set_value();
  Await(last);
  ASSERT_EQ(order.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(TimerQueueTest, AShortDelayIsServedBeforeAnEarlierLongOne) {
  std::promise<void> called;
  TimerQueue timers;
  timers.After(hours(1), [] { ADD_FAILURE(); });
  timers.After(milliseconds(1), [&called] { called.set_value(); });
  Await(called);
}

TEST(TimerQueueTest, CancelDropsACallbackThatHasNotRun) {
  TimerQueue timers;
  const auto held = std::make_shared<int>(0);
  const auto id = timers.After(hours(1), [held] { ADD_FAILURE(); });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(timers.Cancel(id));
  EXPECT_EQ(held.use_count(), 1) << "the captures of the callback are destroyed";
  EXPECT_FALSE(timers.Cancel(id));
  EXPECT_FALSE(timers.Cancel(987654));
}

TEST(TimerQueueTest, CancelFailsForACallbackThatRunsOrHasRun) {
  std::promise<void> entered;
  std::promise<void> leave;
  TimerQueue timers;
  const auto id = timers.After(milliseconds(0), [&] {
    entered.set_value();
    Await(leave);
  });
  Await(entered);
  EXPECT_FALSE(timers.Cancel(id));
  leave.set_value();
}

TEST(TimerQueueTest, ACallbackMaySetAndCancelTimers) {
  std::promise<void> done;
  TimerQueue timers;
  const auto never = timers.After(hours(1), [] { ADD_FAILURE(); });
  timers.After(milliseconds(0), [&] {
    EXPECT_TRUE(timers.Cancel(never));
    timers.After(milliseconds(0), [&done] { done.set_value(); });
  });
  Await(done);
}

TEST(TimerQueueTest, TheDestructorDropsTimersThatAreNotDueAndWaitsForARunningOne) {
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<bool> finished = false;
  auto timers = std::make_unique<TimerQueue>();
  timers->After(hours(1), [] { ADD_FAILURE(); });
  timers->After(milliseconds(0), [&] {
    entered.set_value();
    Await(leave);
    finished = true;
  });
  Await(entered);
  auto destroyed = std::async(std::launch::async, [&] {
    timers.reset();
    return finished.load();
  });
  EXPECT_EQ(destroyed.wait_for(milliseconds(20)), std::future_status::timeout);
  leave.set_value();
  EXPECT_TRUE(Await(std::move(destroyed)));
}

TEST(TimerQueueTest, RunsEveryTimerOfManyThreadsOnce) {
  constexpr int kThreads = 4;
  constexpr int kTimers = 200;
  std::atomic<int> cancelled = 0;
  std::atomic<int> ran = 0;
  TimerQueue timers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kTimers; ++j) {
        const auto id = timers.After(milliseconds(j % 3), [&ran] { ++ran; });
        if (j % 2 == 0 && timers.Cancel(id)) ++cancelled;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::promise<void> last;
  timers.After(milliseconds(5), [&last] { last.set_value(); });
  Await(last);
  EXPECT_EQ(ran + cancelled, kThreads * kTimers);
}

}  // namespace
}  // namespace matinee
