// What every LeaderLease and SnapshotCache promises. The same tests run on each driver: see
// tests/lib/cpp/test_coord.h.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "coord/leader_lease.h"
#include "coord/snapshot_cache.h"
#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

class LeaderContract : public testing::Test {
 protected:
  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  const Coord coord_ = world_->Join();
  LeaderLease& lease_ = *coord_.lease;
  SnapshotCache& snapshot_ = *coord_.snapshot;
};

TEST_F(LeaderContract, GivesWhoeverIsAloneTheLease) {
  const auto epoch = lease_.Hold(kNoEpoch).value();
  ASSERT_TRUE(epoch);
  EXPECT_GT(*epoch, kNoEpoch);
}

TEST_F(LeaderContract, StaysTheSameTermWhileItIsHeld) {
  const auto epoch = lease_.Hold(kNoEpoch).value();
  EXPECT_EQ(lease_.Hold(kNoEpoch).value(), epoch);
  EXPECT_EQ(lease_.Hold(*epoch).value(), epoch) << "the floor is what the leader wrote itself";
}

TEST_F(LeaderContract, BeginsALaterTermAfterItWasReleased) {
  const Epoch first = lease_.Hold(kNoEpoch).value().value();
  lease_.Release();
  const Epoch second = lease_.Hold(kNoEpoch).value().value();
  EXPECT_GT(second, first);
}

TEST_F(LeaderContract, BeginsATermAboveTheFloor) {
  EXPECT_GT(lease_.Hold(1'000'000'000'000).value().value(), 1'000'000'000'000);
}

TEST_F(LeaderContract, BearsAReleaseOfWhatIsNotHeld) {
  lease_.Release();
  EXPECT_TRUE(lease_.Hold(kNoEpoch).value());
}

TEST_F(LeaderContract, HasNoSnapshotBeforeTheFirst) {
  EXPECT_FALSE(snapshot_.Get().value());
}

TEST_F(LeaderContract, GivesTheLastSnapshotWhateverIsInIt) {
  const Epoch epoch = lease_.Hold(kNoEpoch).value().value();
  ASSERT_TRUE(snapshot_.Put("first", epoch));
  const std::string bytes("{\"title\":\"\0\xff\r\n\"}", 17);
  ASSERT_TRUE(snapshot_.Put(bytes, epoch));
  EXPECT_EQ(snapshot_.Get().value(), bytes);
  ASSERT_TRUE(snapshot_.Put("", epoch));
  EXPECT_EQ(snapshot_.Get().value(), "");
}

TEST_F(LeaderContract, RefusesTheSnapshotOfAnEarlierLeader) {
  const Epoch first = lease_.Hold(kNoEpoch).value().value();
  lease_.Release();
  const Epoch second = lease_.Hold(kNoEpoch).value().value();
  ASSERT_TRUE(snapshot_.Put("second", second));
  const Status refused = snapshot_.Put("first", first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(snapshot_.Get().value(), "second");
}

TEST_F(LeaderContract, CanBeReached) {
  const Status reached = coord_.check();
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace matinee::coord
