// Several processes that want to be the leader.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;

RedisTimes ShortLease() {
  RedisTimes times = ShortTimes();
  times.lease = milliseconds(1500);
  times.snapshot_life = milliseconds(1500);
  return times;
}

using RedisLeader = RedisTest;

TEST_F(RedisLeader, IsOne) {
  Coord first = Join();
  Coord second = Join();
  const Epoch epoch = first.lease->Hold(kNoEpoch).value().value();
  EXPECT_FALSE(second.lease->Hold(kNoEpoch).value());
  EXPECT_EQ(first.lease->Hold(kNoEpoch).value(), epoch);
  second.lease->Release();  // What is not its own it cannot release.
  EXPECT_FALSE(second.lease->Hold(kNoEpoch).value());
  first.lease->Release();
  EXPECT_GT(second.lease->Hold(kNoEpoch).value().value(), epoch);
  EXPECT_FALSE(first.lease->Hold(kNoEpoch).value());
}

TEST_F(RedisLeader, IsAnotherWhenTheFirstIsSilent) {
  Coord first = Join(ShortLease());
  Coord second = Join(ShortLease());
  const Epoch epoch = first.lease->Hold(kNoEpoch).value().value();
  Epoch later = kNoEpoch;
  EXPECT_TRUE(Eventually([&] {
    const auto held = second.lease->Hold(kNoEpoch).value();
    if (held) later = *held;
    return held.has_value();
  }));
  EXPECT_GT(later, epoch);
}

TEST_F(RedisLeader, StaysOneWhileItHolds) {
  Coord first = Join(ShortLease());
  Coord second = Join(ShortLease());
  const Epoch epoch = first.lease->Hold(kNoEpoch).value().value();
  const auto end = std::chrono::steady_clock::now() + ShortLease().lease * 2;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(100));
    ASSERT_EQ(first.lease->Hold(kNoEpoch).value(), epoch);
    ASSERT_FALSE(second.lease->Hold(kNoEpoch).value());
  }
}

TEST_F(RedisLeader, OfAnEarlierTermIsRefusedEverywhere) {
  Coord first = Join();
  Coord second = Join();
  const Epoch earlier = first.lease->Hold(kNoEpoch).value().value();
  first.lease->Release();
  const Epoch later = second.lease->Hold(kNoEpoch).value().value();
  EXPECT_EQ(first.jobs->Enqueue(Clip("a"), earlier).error().code, Code::kConflict);
  EXPECT_EQ(first.snapshot->Put("old", earlier).error().code, Code::kConflict);
  EXPECT_FALSE(IsLive(first, "a"));
  EXPECT_TRUE(second.jobs->Enqueue(Clip("a"), later));
  EXPECT_TRUE(second.snapshot->Put("new", later));
  EXPECT_TRUE(first.jobs->Enqueue(Clip("b"))) << "whoever need not be the leader";
  EXPECT_EQ(first.snapshot->Get().value(), "new");
}

TEST_F(RedisLeader, BeginsAnotherTermAboveTheFloorWhenRedisWasEmptied) {
  Coord first = Join();
  Coord second = Join();
  const Epoch epoch = first.lease->Hold(41).value().value();
  EXPECT_EQ(epoch, 42);
  server_.Do({"DEL", Key("leader"), Key("epoch")});
  EXPECT_EQ(second.lease->Hold(epoch).value().value(), 43);
  EXPECT_FALSE(first.lease->Hold(epoch).value());
  EXPECT_EQ(first.jobs->Enqueue(Clip("a"), epoch).error().code, Code::kConflict);
}

TEST_F(RedisLeader, BeginsAnotherTermWhenItsEpochIsGoneOrOthersKnowALaterOne) {
  Coord first = Join();
  const Epoch epoch = first.lease->Hold(7).value().value();
  server_.Do({"DEL", Key("epoch")});
  EXPECT_EQ(first.lease->Hold(epoch).value().value(), 9);
  EXPECT_EQ(first.lease->Hold(100).value().value(), 101);
  server_.Do({"SET", Key("epoch"), "nonsense"});
  EXPECT_GT(first.lease->Hold(101).value().value(), 101);
}

TEST_F(RedisLeader, HasALateSnapshotForgotten) {
  Coord first = Join(ShortLease());
  Coord second = Join(ShortLease());
  ASSERT_TRUE(first.snapshot->Put("sessions", kNoEpoch));
  EXPECT_EQ(second.snapshot->Get().value(), "sessions");
  EXPECT_TRUE(Eventually([&] { return !second.snapshot->Get().value(); }));
}

TEST_F(RedisLeader, CarriesALargeSnapshot) {
  Coord first = Join();
  Coord second = Join();
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(first.snapshot->Put(large, kNoEpoch));
  EXPECT_EQ(second.snapshot->Get().value(), large);
}

}  // namespace
}  // namespace matinee::coord
