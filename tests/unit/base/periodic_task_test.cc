#include "base/periodic_task.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "tests/unit/await.h"

namespace matinee {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(PeriodicTaskTest, TheFirstCallIsAtOnce) {
  CallCounter counter;
  PeriodicTask task("test", hours(1), [&] { counter.Add(); });
  EXPECT_EQ(counter.calls(), 0) << "called before Start()";
  task.Start();
  EXPECT_TRUE(counter.AwaitCalls(1));
}

TEST(PeriodicTaskTest, TheFirstCallComesAfterTheDelayOfStart) {
  CallCounter counter;
  PeriodicTask task("test", hours(1), [&] { counter.Add(); });
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point called;
  PeriodicTask delayed("test", hours(1), [&] {
    called = std::chrono::steady_clock::now();
    counter.Add();
  });
  task.Start(hours(1));
  delayed.Start(milliseconds(20));
  ASSERT_TRUE(counter.AwaitCalls(1));
  task.Stop();
  delayed.Stop();
  EXPECT_GE(called - begin, milliseconds(20));
  EXPECT_EQ(counter.calls(), 1) << "the delay of the other task is not over";
}

TEST(PeriodicTaskTest, CallsAgainAfterTheInterval) {
  CallCounter counter;
  PeriodicTask task("test", milliseconds(1), [&] { counter.Add(); });
  task.Start();
  EXPECT_TRUE(counter.AwaitCalls(5));
}

TEST(PeriodicTaskTest, TheFunctionChoosesTheNextDelay) {
  CallCounter counter;
  PeriodicTask task("test", [&] {
    counter.Add();
    return counter.calls() < 3 ? PeriodicTask::Delay(0) : PeriodicTask::kUntilWoken;
  });
  task.Start();
  ASSERT_TRUE(counter.AwaitCalls(3));
  task.Stop();
  EXPECT_EQ(counter.calls(), 3);
}

TEST(PeriodicTaskTest, WakeEndsTheDelay) {
  CallCounter counter;
  PeriodicTask task("test", hours(1), [&] { counter.Add(); });
  task.Start();
  ASSERT_TRUE(counter.AwaitCalls(1));
  task.Wake();
  ASSERT_TRUE(counter.AwaitCalls(2));
  task.Wake();
  EXPECT_TRUE(counter.AwaitCalls(3));
}

TEST(PeriodicTaskTest, WakeBeforeStartEndsTheFirstDelay) {
  CallCounter counter;
  PeriodicTask task("test", hours(1), [&] { counter.Add(); });
  task.Wake();
  task.Start(hours(1));
  EXPECT_TRUE(counter.AwaitCalls(1));
}

TEST(PeriodicTaskTest, WakeDuringACallLeadsToAnother) {
  CallCounter counter;
  std::promise<void> entered;
  std::promise<void> leave;
  PeriodicTask task("test", hours(1), [&] {
    counter.Add();
    if (counter.calls() > 1) return;
    entered.set_value();
    Await(leave);
  });
  task.Start();
  Await(entered);
  task.Wake();
  leave.set_value();
  EXPECT_TRUE(counter.AwaitCalls(2));
}

TEST(PeriodicTaskTest, TheFunctionMayWakeItsOwnTask) {
  CallCounter counter;
  std::unique_ptr<PeriodicTask> task;
  task = std::make_unique<PeriodicTask>("test", hours(1), [&] {
    counter.Add();
    if (counter.calls() < 3) task->Wake();
  });
  task->Start();
  EXPECT_TRUE(counter.AwaitCalls(3));
}

TEST(PeriodicTaskTest, StopWaitsForTheCallInProgress) {
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<bool> finished = false;
  PeriodicTask task("test", hours(1), [&] {
    entered.set_value();
    Await(leave);
    finished = true;
  });
  task.Start();
  Await(entered);
  auto stopped = std::async(std::launch::async, [&] {
    task.Stop();
    return finished.load();
  });
  EXPECT_EQ(stopped.wait_for(milliseconds(20)), std::future_status::timeout);
  leave.set_value();
  EXPECT_TRUE(Await(std::move(stopped)));
}

TEST(PeriodicTaskTest, ThereIsNoCallAfterStop) {
  CallCounter counter;
  PeriodicTask task("test", PeriodicTask::Delay(0), [&] { counter.Add(); });
  task.Start();
  ASSERT_TRUE(counter.AwaitCalls(10));
  std::thread([&] { task.Stop(); }).join();
  const int calls = counter.calls();
  task.Wake();
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(counter.calls(), calls);
  task.Stop();
}

TEST(PeriodicTaskTest, StopEndsTheDelay) {
  CallCounter counter;
  PeriodicTask task("test", hours(1), [&] { counter.Add(); });
  task.Start();
  ASSERT_TRUE(counter.AwaitCalls(1));
  Await(std::async(std::launch::async, [&] { task.Stop(); }));
  EXPECT_EQ(counter.calls(), 1);
}

TEST(PeriodicTaskTest, StopWithoutStartReturns) {
  PeriodicTask task("test", hours(1), [] { ADD_FAILURE() << "called"; });
  task.Stop();
}

TEST(PeriodicTaskTest, TheDestructorStopsTheTask) {
  CallCounter counter;
  auto task =
      std::make_unique<PeriodicTask>("test", PeriodicTask::kUntilWoken, [&] { counter.Add(); });
  task->Start();
  ASSERT_TRUE(counter.AwaitCalls(1));
  Await(std::async(std::launch::async, [&] { task.reset(); }));
  EXPECT_EQ(counter.calls(), 1);
}

TEST(PeriodicTaskTest, TheThreadHasTheNameOfTheTask) {
  std::promise<std::string> name;
  PeriodicTask task("heartbeat", hours(1), [&] {
    std::array<char, 32> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name.set_value(buffer.data());
  });
  task.Start();
  EXPECT_EQ(Await(name), "heartbeat");
}

TEST(PeriodicTaskDeathTest, ASecondStartIsAFaultOfTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  PeriodicTask task("test", hours(1), [] {});
  EXPECT_DEATH(
      {
        task.Start();
        task.Start();
      },
      "started once");
}

TEST(PeriodicTaskDeathTest, AStopByTheFunctionIsAFaultOfTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        std::unique_ptr<PeriodicTask> task;
        task = std::make_unique<PeriodicTask>("test", hours(1), [&] { task->Stop(); });
        task->Start(milliseconds(1));
        std::this_thread::sleep_for(kAwaitLimit);
      },
      "not stopped by its own function");
}

}  // namespace
}  // namespace matinee
