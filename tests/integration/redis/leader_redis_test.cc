// Several processes that try to acquire the leader's lease.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;

RedisTimeouts ShortLease() {
  RedisTimeouts times = ShortTimes();
  times.lease = milliseconds(1500);
  times.state_lifetime = milliseconds(1500);
  return times;
}

using RedisLeaseTest = RedisTest;

TEST_F(RedisLeaseTest, OneProcessHoldsTheLease) {
  Coordination first = Join();
  const auto first_lease = first.lease("leader");
  Coordination second = Join();
  const auto second_lease = second.lease("leader");
  const Term term = first_lease->Acquire(kNoTerm).value().value();
  EXPECT_FALSE(second_lease->Acquire(kNoTerm).value());
  EXPECT_EQ(first_lease->Acquire(kNoTerm).value(), term);
  second_lease->Release();  // What is not its own it cannot release.
  EXPECT_FALSE(second_lease->Acquire(kNoTerm).value());
  first_lease->Release();
  EXPECT_GT(second_lease->Acquire(kNoTerm).value().value(), term);
  EXPECT_FALSE(first_lease->Acquire(kNoTerm).value());
}

TEST_F(RedisLeaseTest, AnotherAcquiresTheLeaseWhenTheFirstIsSilent) {
  Coordination first = Join(ShortLease());
  const auto first_lease = first.lease("leader");
  Coordination second = Join(ShortLease());
  const auto second_lease = second.lease("leader");
  const Term term = first_lease->Acquire(kNoTerm).value().value();
  Term later = kNoTerm;
  EXPECT_TRUE(Eventually([&] {
    const auto held = second_lease->Acquire(kNoTerm).value();
    if (held) later = *held;
    return held.has_value();
  }));
  EXPECT_GT(later, term);
}

TEST_F(RedisLeaseTest, TheHolderKeepsTheLease) {
  Coordination first = Join(ShortLease());
  const auto first_lease = first.lease("leader");
  Coordination second = Join(ShortLease());
  const auto second_lease = second.lease("leader");
  const Term term = first_lease->Acquire(kNoTerm).value().value();
  const auto end = std::chrono::steady_clock::now() + ShortLease().lease * 2;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(100));
    ASSERT_EQ(first_lease->Acquire(kNoTerm).value(), term);
    ASSERT_FALSE(second_lease->Acquire(kNoTerm).value());
  }
}

TEST_F(RedisLeaseTest, WritesOfAnEarlierTermAreRefused) {
  Coordination first = Join();
  const auto first_lease = first.lease("leader");
  const auto first_state = first.state("sessions", "leader");
  Coordination second = Join();
  const auto second_lease = second.lease("leader");
  const auto second_state = second.state("sessions", "leader");
  const Term earlier = first_lease->Acquire(kNoTerm).value().value();
  first_lease->Release();
  const Term later = second_lease->Acquire(kNoTerm).value().value();
  EXPECT_EQ(first.jobs->Enqueue(Clip("a"), earlier).error().code, Code::kConflict);
  EXPECT_EQ(first_state->Put("old", earlier).error().code, Code::kConflict);
  EXPECT_FALSE(IsLive(first, "a"));
  EXPECT_TRUE(second.jobs->Enqueue(Clip("a"), later));
  EXPECT_TRUE(second_state->Put("new", later));
  EXPECT_TRUE(first.jobs->Enqueue(Clip("b"))) << "without a term it need not be the leader";
  EXPECT_EQ(first_state->Get().value(), "new");
}

TEST_F(RedisLeaseTest, ANewTermIsAboveTheFloorWhenRedisWasEmptied) {
  Coordination first = Join();
  const auto first_lease = first.lease("leader");
  Coordination second = Join();
  const auto second_lease = second.lease("leader");
  const Term term = first_lease->Acquire(41).value().value();
  EXPECT_EQ(term, 42);
  server_.Do({"DEL", Key("leader"), Key("epoch")});
  EXPECT_EQ(second_lease->Acquire(term).value().value(), 43);
  EXPECT_FALSE(first_lease->Acquire(term).value());
  EXPECT_EQ(first.jobs->Enqueue(Clip("a"), term).error().code, Code::kConflict);
}

TEST_F(RedisLeaseTest, ANewTermBeginsWhenTheStoredOneIsGoneOrOlder) {
  Coordination first = Join();
  const auto first_lease = first.lease("leader");
  const Term term = first_lease->Acquire(7).value().value();
  server_.Do({"DEL", Key("epoch")});
  EXPECT_EQ(first_lease->Acquire(term).value().value(), 9);
  EXPECT_EQ(first_lease->Acquire(100).value().value(), 101);
  server_.Do({"SET", Key("epoch"), "nonsense"});
  EXPECT_GT(first_lease->Acquire(101).value().value(), 101);
}

TEST_F(RedisLeaseTest, AnOldStateExpires) {
  Coordination first = Join(ShortLease());
  const auto first_state = first.state("sessions", "leader");
  Coordination second = Join(ShortLease());
  const auto second_state = second.state("sessions", "leader");
  ASSERT_TRUE(first_state->Put("sessions", kNoTerm));
  EXPECT_EQ(second_state->Get().value(), "sessions");
  EXPECT_TRUE(Eventually([&] { return !second_state->Get().value(); }));
}

TEST_F(RedisLeaseTest, ALargeStateIsStored) {
  Coordination first = Join();
  const auto first_state = first.state("sessions", "leader");
  Coordination second = Join();
  const auto second_state = second.state("sessions", "leader");
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(first_state->Put(large, kNoTerm));
  EXPECT_EQ(second_state->Get().value(), large);
}

}  // namespace
}  // namespace matinee::coord
