#include "base/executor.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/await.h"

namespace matinee {
namespace {

// Blocks tasks until it is opened.
class Gate {
 public:
  void Open() {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  // Returns false if fewer tasks wait after kAwaitLimit.
  [[nodiscard]] bool AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kAwaitLimit, [this, count] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(ExecutorTest, RunsTasksInTheirOrderOnOneThread) {
  std::vector<int> order;
  Executor executor("test", 1, 100);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&order, i] { order.push_back(i); }));
  }
  executor.Stop();
  ASSERT_EQ(order.size(), 50U);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], static_cast<int>(i));
}

TEST(ExecutorTest, RunsAsManyTasksAtOnceAsItHasThreads) {
  Gate gate;
  Executor executor("test", 3, 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(executor.TrySubmit([&gate] { gate.Pass(); }));
  EXPECT_TRUE(gate.AwaitWaiting(3));
  gate.Open();
}

TEST(ExecutorTest, RefusesATaskWhenItsQueueIsFull) {
  Gate gate;
  std::atomic<int> ran = 0;
  Executor executor("test", 1, 2);
  ASSERT_TRUE(executor.TrySubmit([&gate] { gate.Pass(); }));
  ASSERT_TRUE(gate.AwaitWaiting(1));
  EXPECT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  EXPECT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  EXPECT_EQ(executor.queue_length(), 2U);
  EXPECT_FALSE(executor.TrySubmit([&ran] { ran += 100; }));
  gate.Open();
  executor.Stop();
  EXPECT_EQ(ran, 2);
}

TEST(ExecutorTest, RunsAllAcceptedTasksBeforeItStops) {
  Gate gate;
  std::atomic<int> ran = 0;
  auto executor = std::make_unique<Executor>("test", 2, 100);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(executor->TrySubmit([&] {
      gate.Pass();
      ++ran;
    }));
  }
  auto destroyed = std::async(std::launch::async, [&executor] { executor.reset(); });
  gate.Open();
  Await(std::move(destroyed));
  EXPECT_EQ(ran, 50);
}

TEST(ExecutorTest, RefusesTasksOnceStopped) {
  Executor executor("test", 1, 10);
  executor.Stop();
  EXPECT_FALSE(executor.TrySubmit([] {}));
  executor.Stop();
}

TEST(ExecutorTest, ATaskMaySubmitAnother) {
  std::promise<void> done;
  Executor executor("test", 1, 10);
  ASSERT_TRUE(
      executor.TrySubmit([&] { EXPECT_TRUE(executor.TrySubmit([&done] { done.set_value(); })); }));
  Await(done);
}

TEST(ExecutorTest, DestroysATaskWithoutHoldingItsLock) {
  // The captures of a task may use the executor in their destructors.
  struct Submitter {
    Executor* executor = nullptr;
    std::promise<void>* done = nullptr;
    Submitter(Executor* e, std::promise<void>* d) : executor(e), done(d) {}
    ~Submitter() {
      EXPECT_TRUE(executor->TrySubmit([done = done] { done->set_value(); }));
    }
    Submitter(const Submitter&) = delete;
    Submitter& operator=(const Submitter&) = delete;
  };
  std::promise<void> done;
  Executor executor("test", 1, 10);
  auto held = std::make_shared<Submitter>(&executor, &done);
  ASSERT_TRUE(executor.TrySubmit([held = std::move(held)] {}));
  Await(done);
}

TEST(ExecutorTest, NamesItsThreads) {
  Executor executor("captures", 1, 1);
  std::promise<std::string> name;
  ASSERT_TRUE(executor.TrySubmit([&] {
    std::array<char, 32> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name.set_value(buffer.data());
  }));
  EXPECT_EQ(Await(name), "captures");
}

TEST(ExecutorTest, AcceptsTasksOfManyThreads) {
  std::atomic<int> accepted = 0;
  std::atomic<int> ran = 0;
  {
    Executor executor("test", 3, 64);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 500; ++j) {
          if (executor.TrySubmit([&ran] { ++ran; })) ++accepted;
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace matinee
