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

namespace matinee {
namespace {

// A door that tasks wait at until it is opened.
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
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(Executor, RunsTasksInTheirOrderOnOneThread) {
  std::vector<int> order;
  Executor executor("test", 1, 100);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&order, i] { order.push_back(i); }));
  }
  executor.Stop();
  ASSERT_EQ(order.size(), 50U);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], static_cast<int>(i));
}

TEST(Executor, RunsAsManyTasksAtOnceAsItHasThreads) {
  Gate gate;
  Executor executor("test", 3, 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(executor.TrySubmit([&gate] { gate.Pass(); }));
  gate.AwaitWaiting(3);  // Would wait for ever if one of them had no thread.
  gate.Open();
}

TEST(Executor, RefusesWhatItsQueueCannotHold) {
  Gate gate;
  std::atomic<int> ran = 0;
  Executor executor("test", 1, 2);
  ASSERT_TRUE(executor.TrySubmit([&gate] { gate.Pass(); }));
  gate.AwaitWaiting(1);
  EXPECT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  EXPECT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  EXPECT_EQ(executor.queue_length(), 2U);
  EXPECT_FALSE(executor.TrySubmit([&ran] { ran += 100; }));
  gate.Open();
  executor.Stop();
  EXPECT_EQ(ran, 2);
}

TEST(Executor, RunsWhatItAcceptedBeforeItStops) {
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
  destroyed.get();
  EXPECT_EQ(ran, 50);
}

TEST(Executor, AcceptsNothingOnceStopped) {
  Executor executor("test", 1, 10);
  executor.Stop();
  EXPECT_FALSE(executor.TrySubmit([] {}));
  executor.Stop();
}

TEST(Executor, LetsATaskSubmitAnother) {
  std::promise<void> done;
  Executor executor("test", 1, 10);
  ASSERT_TRUE(
      executor.TrySubmit([&] { EXPECT_TRUE(executor.TrySubmit([&done] { done.set_value(); })); }));
  done.get_future().wait();
}

TEST(Executor, DestroysATaskWithoutHoldingItsLock) {
  // What a task holds may use the executor in its destructor.
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
  done.get_future().wait();
}

TEST(Executor, NamesItsThreads) {
  Executor executor("captures", 1, 1);
  std::promise<std::string> name;
  ASSERT_TRUE(executor.TrySubmit([&] {
    std::array<char, 32> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name.set_value(buffer.data());
  }));
  EXPECT_EQ(name.get_future().get(), "captures");
}

TEST(Executor, TakesTasksFromManyThreads) {
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
