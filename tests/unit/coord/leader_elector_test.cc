// Leadership as one process sees it: its lease, and the stored term.
#include "coord/leader_elector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "base/clock.h"
#include "tests/unit/manual_clock.h"

namespace matinee::coord {
namespace {

// A lease that another process may hold, or that is out of reach.
class FakeLease final : public Lease {
 public:
  Result<std::optional<Term>> Acquire(Term floor) override {
    const std::lock_guard lock(mutex_);
    ++asked;
    floor_ = floor;
    if (away) return Fail(Code::kUnavailable, "no Redis");
    if (taken) return std::nullopt;
    if (!held_) term_ = std::max(term_, floor) + 1;
    held_ = true;
    return term_;
  }
  void Release() override {
    const std::lock_guard lock(mutex_);
    held_ = false;
    ++released;
  }
  Term floor() const {
    const std::lock_guard lock(mutex_);
    return floor_;
  }

  std::atomic<bool> away{false};
  std::atomic<bool> taken{false};
  std::atomic<int> asked{0};
  std::atomic<int> released{0};

 private:
  mutable std::mutex mutex_;
  Term term_ = 0;
  Term floor_ = 0;
  bool held_ = false;
};

class LeaderElectorTest : public testing::Test {
 protected:
  TermStore Terms() {
    return {[this]() -> Result<Term> {
              if (database_away_) return Fail(Code::kUnavailable, "no database");
              return stored_.load();
            },
            [this](Term term) -> Status {
              if (term <= stored_) return Fail(Code::kConflict, "older");
              stored_ = term;
              return {};
            }};
  }
  ManualClock clock_{WallTime()};
  FakeLease lease_;
  std::atomic<Term> stored_{0};
  std::atomic<bool> database_away_{false};
};

TEST_F(LeaderElectorTest, LeadsAtOnceWhenItIsAlone) {
  LeaderElector leader(lease_, Terms(), clock_);
  EXPECT_FALSE(leader.term());
  leader.Start();
  EXPECT_EQ(leader.term(), 1);
  EXPECT_EQ(stored_, 1);
}

TEST_F(LeaderElectorTest, CountsOnFromTheStoredTerm) {
  stored_ = 41;
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  EXPECT_EQ(leader.term(), 42);
  EXPECT_EQ(stored_, 42);
}

TEST_F(LeaderElectorTest, DoesNotLeadWhileAnotherProcessDoes) {
  lease_.taken = true;
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(stored_, 0);
  lease_.taken = false;
  leader.Try();
  EXPECT_TRUE(leader.term());
}

TEST_F(LeaderElectorTest, DoesNotLeadUnlessItsTermIsStored) {
  database_away_ = true;
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  EXPECT_FALSE(leader.term());
  database_away_ = false;
  leader.Try();
  EXPECT_TRUE(leader.term());
}

TEST_F(LeaderElectorTest, ReleasesALeaseWhoseTermIsRefused) {
  TermStore terms = Terms();
  terms.advance = [](Term) -> Status { return Fail(Code::kConflict, "another was quicker"); };
  LeaderElector leader(lease_, terms, clock_);
  leader.Try();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(lease_.released, 1);
}

TEST_F(LeaderElectorTest, DoesNotLeadOnceAnotherProcessDoes) {
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  ASSERT_TRUE(leader.term());
  lease_.taken = true;
  leader.Try();
  EXPECT_FALSE(leader.term());
}

TEST_F(LeaderElectorTest, LeadsForTheRestOfItsLeaseWhileTheLeaseIsOutOfReachAndNoLonger) {
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  lease_.away = true;
  clock_.Advance(kLeaseInterval);
  leader.Try();
  EXPECT_TRUE(leader.term());
  clock_.Advance(kLeaseTime - kLeaseInterval);
  EXPECT_FALSE(leader.term());
}

TEST_F(LeaderElectorTest, ReleasesItsLeaseWhenItStops) {
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Start();
  leader.Stop();
  EXPECT_FALSE(leader.term());
  EXPECT_EQ(lease_.released, 1);
}

TEST_F(LeaderElectorTest, AcquiresAHigherTermThanItsOwnAfterTheLeaseWasLost) {
  LeaderElector leader(lease_, Terms(), clock_);
  leader.Try();
  ASSERT_EQ(leader.term(), 1);
  lease_.Release();  // As if Redis had been emptied.
  leader.Try();
  EXPECT_EQ(leader.term(), 2);
  EXPECT_EQ(lease_.floor(), 1);
  EXPECT_EQ(stored_, 2);
}

}  // namespace
}  // namespace matinee::coord
