#include "capture/exclusive_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace matinee::capture {
namespace {

TEST(AloneTest, OthersRunBesideOneAnother) {
  ExclusiveGate alone;
  const ExclusiveGate::Pass first(alone);
  const ExclusiveGate::Pass second(alone);
}

TEST(AloneTest, OneWithNobodyBesideItIsAloneAtOnceAndLetsOthersInAfterwards) {
  ExclusiveGate alone;
  {
    ExclusiveGate::Pass only(alone);
    only.MakeExclusive();
  }
  const ExclusiveGate::Pass first(alone);
  const ExclusiveGate::Pass second(alone);
}

TEST(AloneTest, WaitsUntilTheOthersHaveEnded) {
  ExclusiveGate alone;
  std::atomic<bool> other_has_ended{false};
  std::atomic<bool> begun{false};
  std::optional<ExclusiveGate::Pass> other(alone);
  std::thread suspect([&] {
    ExclusiveGate::Pass beside(alone);
    begun = true;
    beside.MakeExclusive();
    EXPECT_TRUE(other_has_ended);
  });
  while (!begun) std::this_thread::yield();
  other_has_ended = true;
  other.reset();
  suspect.join();
}

TEST(AloneTest, KeepsNewOnesFromBeginningUntilItHasEnded) {
  ExclusiveGate alone;
  std::atomic<bool> suspect_has_ended{false};
  auto suspect = std::make_unique<ExclusiveGate::Pass>(alone);
  suspect->MakeExclusive();
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      const ExclusiveGate::Pass beside(alone);
      EXPECT_TRUE(suspect_has_ended);
    });
  }
  suspect_has_ended = true;
  suspect.reset();
  for (auto& other : others) other.join();
}

TEST(AloneTest, TellsWhetherSomebodyIs) {
  ExclusiveGate alone;
  auto suspect = std::make_unique<ExclusiveGate::Pass>(alone);
  EXPECT_TRUE(alone.WaitUntilShared(std::chrono::milliseconds(0)));
  suspect->MakeExclusive();
  EXPECT_FALSE(alone.WaitUntilShared(std::chrono::milliseconds(1)));
  std::thread waiting([&] { EXPECT_TRUE(alone.WaitUntilShared(std::chrono::hours(1))); });
  suspect.reset();
  waiting.join();
}

// Each is under way when the other wants to be alone.
TEST(AloneTest, TwoWhoWantToBeAloneFollowOneAnother) {
  ExclusiveGate alone;
  std::atomic<int> inside{0};
  std::barrier both_are_under_way(2);
  std::vector<std::thread> suspects;
  for (int i = 0; i < 2; ++i) {
    suspects.emplace_back([&] {
      ExclusiveGate::Pass beside(alone);
      both_are_under_way.arrive_and_wait();
      beside.MakeExclusive();
      EXPECT_EQ(++inside, 1);
      std::this_thread::yield();
      --inside;
    });
  }
  for (auto& suspect : suspects) suspect.join();
}

TEST(AloneTest, HoldsAmongManyThreads) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 300;
  ExclusiveGate alone;
  std::atomic<int> inside{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        ExclusiveGate::Pass beside(alone);
        const bool suspect = (thread + round) % 3 == 0;
        if (suspect) beside.MakeExclusive();
        const int now = ++inside;
        if (suspect && now != 1) ++broken;
        for (int i = 0; i < 10; ++i) {
          std::this_thread::yield();
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
}  // namespace matinee::capture
