#include "base/lifetime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "tests/unit/await.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;

TEST(LifetimeGuardTest, LetsCallbacksInUntilItIsClosed) {
  LifetimeGuard guard;
  {
    const LifetimeGuard::Entry entry(guard);
    const LifetimeGuard::Entry nested(guard);
    EXPECT_TRUE(entry);
    EXPECT_TRUE(nested);
  }
  guard.Close();
  const LifetimeGuard::Entry late(guard);
  EXPECT_FALSE(late);
  guard.Close();
  const LifetimeGuard::Entry later(guard);
  EXPECT_FALSE(later) << "a refused entry does not count as one that left";
}

TEST(LifetimeGuardTest, CloseWaitsForThoseInsideAndRefusesOthersAtOnce) {
  LifetimeGuard guard;
  std::optional<LifetimeGuard::Entry> first(std::in_place, guard);
  std::optional<LifetimeGuard::Entry> second(std::in_place, guard);
  auto closed = std::async(std::launch::async, [&] { guard.Close(); });
  // Until Close() has begun, entries succeed and leave again.
  const auto deadline = std::chrono::steady_clock::now() + kAwaitLimit;
  while (LifetimeGuard::Entry(guard)) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  first.reset();
  EXPECT_EQ(closed.wait_for(milliseconds(20)), std::future_status::timeout);
  second.reset();
  Await(std::move(closed));
}

TEST(LifetimeGuardTest, ACallbackThatOutlivesItsOwnerDoesNotUseIt) {
  struct Owner {
    ~Owner() {
      lifetime->Close();
      destroyed = true;
    }
    const std::shared_ptr<LifetimeGuard> lifetime = std::make_shared<LifetimeGuard>();
    std::atomic<bool> destroyed = false;
  };
  constexpr int kThreads = 4;
  for (int round = 0; round < 50; ++round) {
    auto owner = std::make_unique<Owner>();
    std::atomic<int> used = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&used, raw = owner.get(), lifetime = owner->lifetime] {
        while (true) {
          const LifetimeGuard::Entry entry(*lifetime);
          if (!entry) return;
          EXPECT_FALSE(raw->destroyed);
          ++used;
        }
      });
    }
    while (used < kThreads) std::this_thread::yield();
    owner.reset();
    for (auto& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace matinee
