// Who leads, as one process sees it: its lease, and the record in which epochs are written down.
#include "coord/leader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "coord/local/single.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// A lease that others may take, or that is out of reach.
class FakeLease final : public LeaderLease {
 public:
  Result<std::optional<Epoch>> Hold(Epoch floor) override {
    const std::lock_guard lock(mutex_);
    ++asked;
    floor_ = floor;
    if (away) return Fail(Code::kUnavailable, "no Redis");
    if (taken) return std::nullopt;
    if (!held_) epoch_ = std::max(epoch_, floor) + 1;
    held_ = true;
    return epoch_;
  }
  void Release() override {
    const std::lock_guard lock(mutex_);
    held_ = false;
    ++released;
  }
  Epoch floor() const {
    const std::lock_guard lock(mutex_);
    return floor_;
  }

  std::atomic<bool> away{false};
  std::atomic<bool> taken{false};
  std::atomic<int> asked{0};
  std::atomic<int> released{0};

 private:
  mutable std::mutex mutex_;
  Epoch epoch_ = 0;
  Epoch floor_ = 0;
  bool held_ = false;
};

class LeaderTest : public testing::Test {
 protected:
  EpochRecord Record() {
    return {[this]() -> Result<Epoch> {
              if (database_away_) return Fail(Code::kUnavailable, "no database");
              return recorded_.load();
            },
            [this](Epoch epoch) -> Status {
              if (epoch <= recorded_) return Fail(Code::kConflict, "older");
              recorded_ = epoch;
              return {};
            }};
  }
  static void Await(const std::function<bool()>& done) {
    const auto deadline = steady_clock::now() + seconds(30);
    while (!done()) {
      ASSERT_LT(steady_clock::now(), deadline);
      std::this_thread::sleep_for(milliseconds(5));
    }
  }

  FakeLease lease_;
  std::atomic<Epoch> recorded_{0};
  std::atomic<bool> database_away_{false};
};

TEST_F(LeaderTest, LeadsAtOnceWhenItIsAlone) {
  Leader leader(lease_, Record());
  EXPECT_FALSE(leader.term());
  leader.Start();
  EXPECT_EQ(leader.term(), 1);
  EXPECT_EQ(recorded_, 1);
}

TEST_F(LeaderTest, CountsOnFromTheLastEpochThatWasWrittenDown) {
  recorded_ = 41;
  Leader leader(lease_, Record());
  leader.Start();
  EXPECT_EQ(leader.term(), 42);
  EXPECT_EQ(recorded_, 42);
}

TEST_F(LeaderTest, DoesNotLeadWhileAnotherDoes) {
  lease_.taken = true;
  Leader leader(lease_, Record());
  leader.Start();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(recorded_, 0);
  lease_.taken = false;
  Await([&] { return leader.term().has_value(); });
}

TEST_F(LeaderTest, DoesNotLeadUnlessItsEpochIsWrittenDown) {
  database_away_ = true;
  Leader leader(lease_, Record());
  leader.Start();
  EXPECT_FALSE(leader.term());
  database_away_ = false;
  Await([&] { return leader.term().has_value(); });
}

TEST_F(LeaderTest, GivesALeaseBackWhoseEpochIsRefused) {
  EpochRecord record = Record();
  record.begin = [](Epoch) -> Status { return Fail(Code::kConflict, "another was quicker"); };
  Leader leader(lease_, record);
  leader.Start();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(lease_.released, 1);
}

TEST_F(LeaderTest, LeadsNoMoreOnceAnotherDoes) {
  Leader leader(lease_, Record());
  leader.Start();
  ASSERT_TRUE(leader.term());
  lease_.taken = true;
  Await([&] { return !leader.term(); });
}

TEST_F(LeaderTest, StaysForTheRestOfItsLeaseWhenNobodyKnowsAndNoLonger) {
  Leader leader(lease_, Record());
  leader.Start();
  const auto held = steady_clock::now();
  lease_.away = true;
  const int asked = lease_.asked;
  Await([&] { return lease_.asked > asked; });
  EXPECT_TRUE(leader.term());
  Await([&] { return !leader.term(); });
  EXPECT_LE(steady_clock::now() - held, kLeaseTime + seconds(3));
}

TEST_F(LeaderTest, LetsAnotherLeadWhenItStops) {
  Leader leader(lease_, Record());
  leader.Start();
  leader.Stop();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(lease_.released, 1);
}

TEST_F(LeaderTest, AsksForAHigherEpochThanItsOwnWhenTheLeaseWasForgotten) {
  Leader leader(lease_, Record());
  leader.Start();
  ASSERT_EQ(leader.term(), 1);
  lease_.Release();  // As if Redis had been emptied.
  Await([&] { return leader.term() == 2; });
  EXPECT_EQ(lease_.floor(), 1);
  EXPECT_EQ(recorded_, 2);
}

}  // namespace
}  // namespace matinee::coord
