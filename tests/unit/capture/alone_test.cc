#include "capture/alone.h"

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
  Alone alone;
  const Alone::Beside first(alone);
  const Alone::Beside second(alone);
}

TEST(AloneTest, OneWithNobodyBesideItIsAloneAtOnceAndLetsOthersInAfterwards) {
  Alone alone;
  {
    Alone::Beside only(alone);
    only.BeAlone();
  }
  const Alone::Beside first(alone);
  const Alone::Beside second(alone);
}

TEST(AloneTest, WaitsUntilTheOthersHaveEnded) {
  Alone alone;
  std::atomic<bool> other_has_ended{false};
  std::atomic<bool> begun{false};
  std::optional<Alone::Beside> other(alone);
  std::thread suspect([&] {
    Alone::Beside beside(alone);
    begun = true;
    beside.BeAlone();
    EXPECT_TRUE(other_has_ended);
  });
  while (!begun) std::this_thread::yield();
  other_has_ended = true;
  other.reset();
  suspect.join();
}

TEST(AloneTest, KeepsNewOnesFromBeginningUntilItHasEnded) {
  Alone alone;
  std::atomic<bool> suspect_has_ended{false};
  auto suspect = std::make_unique<Alone::Beside>(alone);
  suspect->BeAlone();
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      const Alone::Beside beside(alone);
      EXPECT_TRUE(suspect_has_ended);
    });
  }
  suspect_has_ended = true;
  suspect.reset();
  for (auto& other : others) other.join();
}

TEST(AloneTest, TellsWhetherSomebodyIs) {
  Alone alone;
  auto suspect = std::make_unique<Alone::Beside>(alone);
  EXPECT_TRUE(alone.WaitForNobody(std::chrono::milliseconds(0)));
  suspect->BeAlone();
  EXPECT_FALSE(alone.WaitForNobody(std::chrono::milliseconds(1)));
  std::thread waiting([&] { EXPECT_TRUE(alone.WaitForNobody(std::chrono::hours(1))); });
  suspect.reset();
  waiting.join();
}

// Each is under way when the other wants to be alone.
TEST(AloneTest, TwoWhoWantToBeAloneFollowOneAnother) {
  Alone alone;
  std::atomic<int> inside{0};
  std::barrier both_are_under_way(2);
  std::vector<std::thread> suspects;
  for (int i = 0; i < 2; ++i) {
    suspects.emplace_back([&] {
      Alone::Beside beside(alone);
      both_are_under_way.arrive_and_wait();
      beside.BeAlone();
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
  Alone alone;
  std::atomic<int> inside{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        Alone::Beside beside(alone);
        const bool suspect = (thread + round) % 3 == 0;
        if (suspect) beside.BeAlone();
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
