// Several databases in one Redis, and the keys of versions that had no ids.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>

#include "coord/redis_settings.h"
#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class RedisDatabaseTest : public OwnRedisTest {
 protected:
  static RedisTimeouts DirectoryTimes() {
    RedisTimeouts times = ShortTimes();
    times.announce_interval = milliseconds(20);
    times.database_expiry = milliseconds(1000);
    times.ping_interval = milliseconds(20);
    return times;
  }
  // A process of this database; "" knows none.
  Coordination JoinAs(const std::string& database, bool follows_0_1_0 = false,
                      milliseconds earlier_version_silence = milliseconds(300)) {
    RedisOptions options = MakeRedisOptions({.url = server_.Url()}, kTestQueues, database);
    options.follows_0_1_0 = follows_0_1_0;
    RedisTimeouts times = DirectoryTimes();
    times.earlier_version_silence = earlier_version_silence;
    return ConnectRedisWith(options, times, nullptr).value();
  }
  static std::string ProblemOf(const Coordination& coord) {
    const Status checked = coord.check();
    return checked ? "" : checked.error().message;
  }
};

TEST_F(RedisDatabaseTest, TwoDatabasesShareNothing) {
  Coordination a = JoinAs("a");
  Coordination b = JoinAs("b");
  EXPECT_TRUE(a.lease(kLeaderLease)->Acquire(0).value());
  EXPECT_TRUE(b.lease(kLeaderLease)->Acquire(0).value()) << "each has its leader";
  ASSERT_TRUE(a.state("sessions", kLeaderLease)->Put("of a", kNoTerm));
  EXPECT_FALSE(b.state("sessions", kLeaderLease)->Get().value());
  std::atomic<int> heard = 0;
  b.events->Subscribe("topic", [&heard](const Event&) { ++heard; });
  a.events->Publish({"topic", "of a"});
  ASSERT_TRUE(a.jobs->Enqueue(Clip("of a")));
  EXPECT_FALSE(b.jobs->Receive(kAllQueues, milliseconds(100)));
  EXPECT_EQ(IdOf(a.jobs->Receive(kAllQueues, kTestTimeout)), "of a");
  EXPECT_EQ(heard, 0);
  EXPECT_EQ(server_.Do({"EXISTS", "matinee:a:jobs:clip"}).number, 1);
}

TEST_F(RedisDatabaseTest, AProcessWithoutADatabaseFindsTheOnlyOne) {
  Coordination live = JoinAs("");
  EXPECT_THAT(ProblemOf(live), HasSubstr("no API or worker"));
  std::atomic<int> heard = 0;
  live.events->Subscribe("topic", [&heard](const Event&) { ++heard; });
  Coordination api = JoinAs("a");
  EXPECT_TRUE(Eventually([&] { return ProblemOf(live).empty(); }));
  EXPECT_TRUE(Eventually([&] {
    api.events->Publish({"topic", "x"});
    return heard > 0;
  }));
}

TEST_F(RedisDatabaseTest, AProcessWithoutADatabaseNamesTheTwoThatItFinds) {
  Coordination live = JoinAs("");
  Coordination a = JoinAs("a");
  {
    Coordination b = JoinAs("b");
    EXPECT_TRUE(Eventually([&] { return ProblemOf(live).find("a and b") != std::string::npos; }))
        << ProblemOf(live);
    EXPECT_THAT(ProblemOf(live), HasSubstr("REDIS_PREFIX"));
    EXPECT_EQ(ProblemOf(a), "");
  }
  EXPECT_TRUE(Eventually([&] { return ProblemOf(live).empty(); })) << "b has left";
}

TEST_F(RedisDatabaseTest, AProcessWithoutADatabaseFollowsToAnother) {
  Coordination live = JoinAs("");
  std::atomic<int> heard = 0;
  live.events->Subscribe("topic", [&heard](const Event&) { ++heard; });
  {
    Coordination old = JoinAs("old");
    EXPECT_TRUE(Eventually([&] {
      old.events->Publish({"topic", "x"});
      return heard > 0;
    }));
  }
  heard = 0;
  Coordination other = JoinAs("new");
  EXPECT_TRUE(Eventually([&] {
    other.events->Publish({"topic", "x"});
    return heard > 0;
  }));
}

TEST_F(RedisDatabaseTest, AKeyOfAWrongTypeIsNamedUntilItIsGone) {
  Coordination worker = JoinAs("a");
  const auto lease = worker.lease("room");
  EXPECT_EQ(ProblemOf(worker), "");
  for (const std::string key : {"matinee:a:jobs:screenshot", "matinee:a:live:clip",
                                "matinee:a:jobs:dead", "matinee:a:lease:room"}) {
    server_.Do({"DEL", key});
    server_.Do({"SADD", key, "hello"});
    EXPECT_THAT(ProblemOf(worker), HasSubstr("the key " + key + " in Redis is of the type set"));
    server_.Do({"DEL", key});
    EXPECT_EQ(ProblemOf(worker), "");
  }
}

class EarlierVersionTest : public RedisDatabaseTest {
 protected:
  // What a leader of 0.1.0 has, until `lifetime` is over.
  void Lead(milliseconds lifetime) {
    server_.Do({"SET", "matinee:epoch", "41"});
    server_.Do({"SET", "matinee:leader", "old-api", "PX", std::to_string(lifetime.count())});
  }
  bool Leads(Coordination& coord) {
    return coord.lease(kLeaderLease)->Acquire(0).value().has_value();
  }
};

TEST_F(EarlierVersionTest, WhileItsLeaderRunsNoneOfThisLeadsOrReceives) {
  Lead(std::chrono::hours(1));
  Coordination upgraded = JoinAs("a", true);
  ASSERT_TRUE(upgraded.jobs->Enqueue(Clip("a")));
  EXPECT_FALSE(Leads(upgraded));
  EXPECT_FALSE(upgraded.jobs->Receive(kAllQueues, milliseconds(500)));
  EXPECT_EQ(ProblemOf(upgraded), "") << "it is ready all the same, or a rollout would stop";
  server_.Do({"DEL", "matinee:leader"});
  EXPECT_EQ(IdOf(upgraded.jobs->Receive(kAllQueues, kTestTimeout)), "a");
  EXPECT_TRUE(Leads(upgraded));
}

TEST_F(EarlierVersionTest, WhileItsWorkersSendHeartbeatsNoneOfThisLeadsOrReceives) {
  server_.Do({"SET", "matinee:epoch", "41"});
  server_.Do({"HSET", "matinee:pulse", "last", server_.Do({"TIME"}).items[0].text + "000000"});
  Coordination waiting = JoinAs("a", true, std::chrono::hours(1));
  ASSERT_TRUE(waiting.jobs->Enqueue(Clip("a")));
  EXPECT_FALSE(waiting.jobs->Receive(kAllQueues, milliseconds(500)));
  EXPECT_FALSE(Leads(waiting));
  Coordination upgraded = JoinAs("a", true);  // To it, the heartbeat gets old soon.
  EXPECT_TRUE(Eventually([&] { return Leads(upgraded); }));
}

TEST_F(EarlierVersionTest, ItsDeadLettersAreTakenOverAndItsOtherKeysRemoved) {
  Lead(milliseconds(1));
  server_.Do({"XADD", "matinee:jobs:dead", "*", "reason", "gone", "lane", "clip", "capture", "x"});
  server_.Do({"XADD", "matinee:jobs:clip", "*", "capture", "x"});
  server_.Do({"HSET", "matinee:live:clip", "x", "1-0"});
  Coordination one = JoinAs("a", true);
  Coordination other = JoinAs("a", true);
  EXPECT_TRUE(Eventually([&] { return Leads(one) || Leads(other); }));
  const auto letters = one.jobs->DeadLetters(10).value();
  ASSERT_EQ(letters.size(), 1);
  EXPECT_EQ(letters[0].reason, "gone");
  EXPECT_EQ(letters[0].job.subject, "x");
  EXPECT_EQ(server_
                .Do({"EXISTS", "matinee:jobs:dead", "matinee:jobs:clip", "matinee:live:clip",
                     "matinee:epoch"})
                .number,
            0);
}

TEST_F(EarlierVersionTest, ADatabaseThatItNeverUsedDoesNotWaitForIt) {
  Lead(std::chrono::hours(1));
  Coordination fresh = JoinAs("b");
  EXPECT_TRUE(Leads(fresh));
  ASSERT_TRUE(fresh.jobs->Enqueue(Clip("b")));
  EXPECT_EQ(IdOf(fresh.jobs->Receive(kAllQueues, kTestTimeout)), "b");
  EXPECT_EQ(server_.Do({"EXISTS", "matinee:leader"}).number, 1);
}

}  // namespace
}  // namespace matinee::coord
