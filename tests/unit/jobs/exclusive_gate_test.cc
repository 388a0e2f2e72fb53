#include "jobs/exclusive_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace matinee::jobs {
namespace {

// Ends the program if `body` does not return within 30 s: its thread could not be joined.
void ExpectReturns(std::function<void()> body) {
  std::packaged_task<void()> task(std::move(body));
  std::future<void> returned = task.get_future();
  std::thread thread(std::move(task));
  if (returned.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    std::fputs("the gate blocks\n", stderr);
    std::abort();
  }
  thread.join();
}

TEST(ExclusiveGateTest, TwoJobsRunBesideEachOther) {
  ExpectReturns([] {
    ExclusiveGate gate;
    const ExclusiveGate::Pass first(gate);
    const ExclusiveGate::Pass second(gate);
    EXPECT_TRUE(gate.WaitUntilShared(std::chrono::milliseconds(0)));
  });
}

TEST(ExclusiveGateTest, ASingleJobBecomesExclusiveAtOnce) {
  ExpectReturns([] {
    ExclusiveGate gate;
    {
      ExclusiveGate::Pass only(gate);
      only.MakeExclusive();
      EXPECT_FALSE(gate.WaitUntilShared(std::chrono::milliseconds(0)));
    }
    const ExclusiveGate::Pass first(gate);
    const ExclusiveGate::Pass second(gate);
  });
}

TEST(ExclusiveGateTest, AnExclusiveJobWaitsUntilTheOthersHaveEnded) {
  ExclusiveGate gate;
  std::atomic<bool> other_has_ended{false};
  std::atomic<bool> started{false};
  std::optional<ExclusiveGate::Pass> other(gate);
  std::thread suspect([&] {
    ExclusiveGate::Pass pass(gate);
    started = true;
    pass.MakeExclusive();
    EXPECT_TRUE(other_has_ended);
  });
  while (!started) std::this_thread::yield();
  other_has_ended = true;
  other.reset();
  suspect.join();
}

TEST(ExclusiveGateTest, NewJobsWaitUntilAnExclusiveJobHasEnded) {
  ExclusiveGate gate;
  std::atomic<bool> suspect_has_ended{false};
  auto suspect = std::make_unique<ExclusiveGate::Pass>(gate);
  suspect->MakeExclusive();
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      const ExclusiveGate::Pass pass(gate);
      EXPECT_TRUE(suspect_has_ended);
    });
  }
  suspect_has_ended = true;
  suspect.reset();
  for (auto& other : others) other.join();
}

TEST(ExclusiveGateTest, WaitUntilSharedReturnsWhetherAJobIsExclusive) {
  ExclusiveGate gate;
  auto suspect = std::make_unique<ExclusiveGate::Pass>(gate);
  EXPECT_TRUE(gate.WaitUntilShared(std::chrono::milliseconds(0)));
  suspect->MakeExclusive();
  EXPECT_FALSE(gate.WaitUntilShared(std::chrono::milliseconds(1)));
  std::thread waiting([&] { EXPECT_TRUE(gate.WaitUntilShared(std::chrono::hours(1))); });
  suspect.reset();
  waiting.join();
}

// Each holds a pass when the other becomes exclusive.
TEST(ExclusiveGateTest, TwoExclusiveJobsRunOneAfterTheOther) {
  ExclusiveGate gate;
  std::atomic<int> inside{0};
  std::barrier both_hold_a_pass(2);
  std::vector<std::thread> suspects;
  for (int i = 0; i < 2; ++i) {
    suspects.emplace_back([&] {
      ExclusiveGate::Pass pass(gate);
      both_hold_a_pass.arrive_and_wait();
      pass.MakeExclusive();
      EXPECT_EQ(++inside, 1);
      std::this_thread::yield();
      --inside;
    });
  }
  for (auto& suspect : suspects) suspect.join();
}

TEST(ExclusiveGateTest, AnExclusiveJobRunsAloneAmongManyThreads) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 300;
  ExclusiveGate gate;
  std::atomic<int> inside{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        ExclusiveGate::Pass pass(gate);
        const bool suspect = (thread + round) % 3 == 0;
        if (suspect) pass.MakeExclusive();
        const int now = ++inside;
        if (suspect && now != 1) ++broken;
        for (int i = 0; i < 1000; ++i) {  // Not yield(): on a busy machine that is a long wait.
          if (suspect && inside != 1) ++broken;
        }
        --inside;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace matinee::jobs
