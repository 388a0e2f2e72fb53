// What every Lease and StateStore promises. The same tests run on each driver: see
// tests/lib/cpp/test_coord.h.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "coord/lease.h"
#include "coord/state_store.h"
#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

class LeaseTest : public testing::Test {
 protected:
  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  const Coordination coord_ = world_->Join();
  const std::unique_ptr<Lease> own_lease_ = coord_.lease("room:1");
  Lease& lease_ = *own_lease_;
  const std::unique_ptr<StateStore> own_state_ = coord_.state("state:1", "room:1");
  StateStore& state_ = *own_state_;
};

TEST_F(LeaseTest, IsAcquiredByAProcessThatIsAlone) {
  const auto term = lease_.Acquire(kNoTerm).value();
  ASSERT_TRUE(term);
  EXPECT_GT(*term, kNoTerm);
}

TEST_F(LeaseTest, KeepsItsTermWhileItIsRenewed) {
  const auto term = lease_.Acquire(kNoTerm).value();
  EXPECT_EQ(lease_.Acquire(kNoTerm).value(), term);
  EXPECT_EQ(lease_.Acquire(*term).value(), term) << "the floor is what the leader wrote itself";
}

TEST_F(LeaseTest, HasALaterTermAfterARelease) {
  const Term first = lease_.Acquire(kNoTerm).value().value();
  lease_.Release();
  const Term second = lease_.Acquire(kNoTerm).value().value();
  EXPECT_GT(second, first);
}

TEST_F(LeaseTest, HasATermAboveTheFloor) {
  EXPECT_GT(lease_.Acquire(1'000'000'000'000).value().value(), 1'000'000'000'000);
}

TEST_F(LeaseTest, IgnoresAReleaseOfALeaseThatIsNotHeld) {
  lease_.Release();
  EXPECT_TRUE(lease_.Acquire(kNoTerm).value());
}

TEST_F(LeaseTest, HasNoStateBeforeTheFirstPut) {
  EXPECT_FALSE(state_.Get().value());
}

TEST_F(LeaseTest, ReturnsTheLastStateWithAnyBytes) {
  const Term term = lease_.Acquire(kNoTerm).value().value();
  ASSERT_TRUE(state_.Put("first", term));
  const std::string bytes("{\"title\":\"\0\xff\r\n\"}", 17);
  ASSERT_TRUE(state_.Put(bytes, term));
  EXPECT_EQ(state_.Get().value(), bytes);
  ASSERT_TRUE(state_.Put("", term));
  EXPECT_EQ(state_.Get().value(), "");
}

TEST_F(LeaseTest, RefusesTheStateOfAnEarlierTerm) {
  const Term first = lease_.Acquire(kNoTerm).value().value();
  lease_.Release();
  const Term second = lease_.Acquire(kNoTerm).value().value();
  ASSERT_TRUE(state_.Put("second", second));
  const Status refused = state_.Put("first", first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(state_.Get().value(), "second");
}

TEST_F(LeaseTest, OfAnotherNameIsIndependent) {
  ASSERT_TRUE(lease_.Acquire(kNoTerm).value());
  const auto other = coord_.lease("room:2");
  EXPECT_TRUE(other->Acquire(kNoTerm).value());
}

TEST_F(LeaseTest, IsHeldByOneObjectOnly) {
  ASSERT_TRUE(lease_.Acquire(kNoTerm).value());
  const auto rival = coord_.lease("room:1");
  EXPECT_FALSE(rival->Acquire(kNoTerm).value());
  rival->Release();
  EXPECT_FALSE(rival->Acquire(kNoTerm).value()) << "it released what it did not hold";
  lease_.Release();
  EXPECT_TRUE(rival->Acquire(kNoTerm).value());
}

TEST_F(LeaseTest, StatesOfTwoKeysAreIndependent) {
  ASSERT_TRUE(state_.Put("one", kNoTerm));
  const auto other = coord_.state("state:2", "room:1");
  EXPECT_FALSE(other->Get().value());
  EXPECT_EQ(coord_.state("state:1", "room:1")->Get().value(), "one");
}

TEST_F(LeaseTest, CanBeReached) {
  const Status reached = coord_.check();
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace matinee::coord
