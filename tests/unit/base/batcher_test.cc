#include "base/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "tests/unit/await.h"

namespace matinee {
namespace {

struct Addition : BatchedCall {
  explicit Addition(int value) : summand(value) {}
  int summand;
  int answer = 0;
};
using Batch = Batcher<Addition>::Batch;

class BatcherTest : public testing::Test {
 protected:
  // Starts a batch of another thread that ends when `go_on` is set.
  std::future<int> Occupy(std::shared_future<void> go_on) {
    std::promise<void> begun;
    auto occupied = std::async(std::launch::async, [this, &begun, go_on] {
      Addition call(0);
      batcher_.Run(call, [&](Batch& batch) {
        begun.set_value();
        go_on.wait();
        for (Addition* each : batch) each->answer = each->summand + 1;
      });
      return call.answer;
    });
    Await(begun);
    return occupied;
  }

  int Add(int summand) {
    Addition call(summand);
    batcher_.Run(call, [this](Batch& batch) {
      EXPECT_FALSE(busy_.exchange(true)) << "two batches at once";
      sizes_.push_back(batch.size());
      for (Addition* each : batch) each->answer += each->summand + 1;
      busy_ = false;
    });
    return call.answer;
  }

  Batcher<Addition> batcher_;
  std::atomic<bool> busy_{false};
  std::vector<size_t> sizes_;  // Of the batches; written by one thread at a time.
};

TEST_F(BatcherTest, ExecutesALoneCallInItsOwnThread) {
  Addition call(1);
  std::thread::id worker;
  batcher_.Run(call, [&](Batch& batch) {
    worker = std::this_thread::get_id();
    EXPECT_EQ(batch, Batch({&call}));
  });
  EXPECT_EQ(worker, std::this_thread::get_id());
  EXPECT_EQ(Add(1), 2);
  EXPECT_EQ(Add(2), 3) << "the batch before has ended";
}

TEST_F(BatcherTest, ExecutesCallsThatComeDuringABatchTogether) {
  constexpr int kOthers = 5;
  size_t largest = 0;
  // A test cannot see which calls are queued, so each round gives them more time.
  for (int round = 1; largest < kOthers && round <= 100; ++round) {
    std::promise<void> go_on;
    auto first = Occupy(go_on.get_future().share());
    sizes_.clear();
    std::vector<std::future<int>> others;
    for (int i = 0; i < kOthers; ++i) {
      others.push_back(std::async(std::launch::async, [this, i] { return Add(i * 10); }));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    go_on.set_value();
    EXPECT_EQ(first.get(), 1);
    for (size_t i = 0; i < kOthers; ++i) {
      EXPECT_EQ(others[i].get(), static_cast<int>(i) * 10 + 1);
    }
    largest = *std::max_element(sizes_.begin(), sizes_.end());
  }
  EXPECT_EQ(largest, kOthers);
}

TEST_F(BatcherTest, ABatchMayDrainTheCallsThatComeDuringIt) {
  std::promise<void> begun;
  auto first = std::async(std::launch::async, [&] {
    Addition call(0);
    batcher_.Run(call, [&](Batch& batch) {
      begun.set_value();
      while (batch.size() < 3) batcher_.DrainPending(batch);
      for (Addition* each : batch) each->answer = -1;
    });
    return call.answer;
  });
  Await(begun);
  auto second = std::async(std::launch::async, [this] { return Add(1); });
  auto third = std::async(std::launch::async, [this] { return Add(2); });
  EXPECT_EQ(first.get(), -1);
  EXPECT_EQ(second.get(), -1);
  EXPECT_EQ(third.get(), -1);
  EXPECT_TRUE(sizes_.empty());
  EXPECT_EQ(Add(3), 4);
}

TEST_F(BatcherTest, ExecutesEveryCallOnceAndOneBatchAtATime) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 2000;
  std::vector<std::future<void>> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.push_back(std::async(std::launch::async, [this, thread] {
      for (int i = 0; i < kCalls; ++i) {
        ASSERT_EQ(Add(thread * kCalls + i), thread * kCalls + i + 1);
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  size_t executed = 0;
  for (const size_t size : sizes_) executed += size;
  EXPECT_EQ(executed, static_cast<size_t>(kThreads) * kCalls);
}

}  // namespace
}  // namespace matinee
