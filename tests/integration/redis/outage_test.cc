// A Redis that is away, frozen, emptied, full, or refuses the login.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

// The longest that a call of the Impatient may take: to connect, and the time of two commands, and
// what a busy machine adds. A call without a limit would wait for ever.
constexpr milliseconds kCallMax{400 + 2 * 400 + 10'000};

using RedisOutageTest = OwnRedisTest;

class RedisOutageWithLogTest : public OwnRedisTest {
 protected:
  RedisOutageWithLogTest() : OwnRedisTest({.append_only = true}) {}
};

template <typename Call>
milliseconds TimeOf(Call call) {
  const auto before = steady_clock::now();
  call();
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - before);
}

void ExpectUnavailable(const Status& status) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable) << status.error().message;
}

TEST_F(RedisOutageTest, AnOutageIsReportedAndWaitedOut) {
  Metrics metrics;
  Coordination coord = Join(ShortTimes(), &metrics);
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("before")));
  EXPECT_THAT(metrics.Scrape(), HasSubstr("matinee_redis_connected 1"));
  server_.Kill();
  ExpectUnavailable(coord.jobs->Enqueue(Clip("a")));
  ExpectUnavailable(coord.check());
  EXPECT_EQ(coord.jobs->Live({"a"}).error().code, Code::kUnavailable);
  EXPECT_EQ(coord.jobs->State().error().code, Code::kUnavailable);
  EXPECT_EQ(coord.lease("leader")->Acquire(kNoTerm).error().code, Code::kUnavailable);
  ExpectUnavailable(coord.state("sessions", "leader")->Put("x", kNoTerm));
  EXPECT_EQ(coord.state("sessions", "leader")->Get().error().code, Code::kUnavailable);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("matinee_redis_connected 0"));
  constexpr milliseconds kWait{300};
  const auto waited = TimeOf([&] { EXPECT_FALSE(coord.jobs->Receive(kAllQueues, kWait)); });
  EXPECT_GE(waited, kWait);
  EXPECT_LT(waited, kWait + kCallMax);

  server_.Start();
  EXPECT_TRUE(Eventually([&] { return coord.check().has_value(); }));
  ASSERT_TRUE(Eventually([&] { return coord.jobs->Enqueue(Clip("a")).has_value(); }));
  EXPECT_THAT(metrics.Scrape(), HasSubstr("matinee_redis_connected 1"));
  const auto delivery = coord.jobs->Receive(kAllQueues, kTestTimeout);
  EXPECT_EQ(IdOf(delivery), "a") << "the one before is gone with the server, and its row is not";
  EXPECT_TRUE(coord.jobs->Ack(delivery.value()));
}

TEST_F(RedisOutageTest, StartsWhileRedisIsAway) {
  server_.Kill();
  Coordination coord = Join();
  ExpectUnavailable(coord.check());
  ExpectUnavailable(coord.jobs->Enqueue(Clip("a")));
  server_.Start();
  EXPECT_TRUE(Eventually([&] { return coord.jobs->Enqueue(Clip("a")).has_value(); }));
  EXPECT_TRUE(coord.check());
}

TEST_F(RedisOutageTest, AnOutageDoesNotDelayClose) {
  Coordination coord = Join();
  std::vector<std::future<std::string>> slots;
  for (int i = 0; i < 4; ++i) {
    slots.push_back(std::async(
        std::launch::async, [&] { return IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)); }));
  }
  server_.Kill();
  std::this_thread::sleep_for(milliseconds(50));
  const auto took = TimeOf([&] {
    coord.jobs->Close();
    for (auto& slot : slots) EXPECT_EQ(slot.get(), "nothing");
  });
  EXPECT_LT(took, kTestTimeout / 2);
}

TEST_F(RedisOutageTest, AnOutageIsOneLineInTheLogAndItsEndAnother) {
  Coordination coord = Join();
  std::vector<std::future<std::string>> slots;
  for (int i = 0; i < 16; ++i) {
    slots.push_back(std::async(
        std::launch::async, [&] { return IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)); }));
  }
  ASSERT_TRUE(Eventually([&] {
    return server_.Do({"INFO", "clients"}).text.find("blocked_clients:16") != std::string::npos;
  }));
  testing::internal::CaptureStderr();
  server_.Kill();
  std::this_thread::sleep_for(milliseconds(300));
  server_.Start();
  EXPECT_TRUE(Eventually([&] {
    return server_.Do({"INFO", "clients"}).text.find("blocked_clients:16") != std::string::npos;
  }));
  coord.jobs->Close();
  for (auto& slot : slots) slot.get();
  const std::string log = testing::internal::GetCapturedStderr();
  const size_t away = log.find("Redis is away");
  const size_t back = log.find("Redis is back");
  ASSERT_NE(away, std::string::npos) << log;
  ASSERT_NE(back, std::string::npos) << log;
  EXPECT_EQ(log.find("Redis is away", away + 1), std::string::npos) << log;
  EXPECT_EQ(log.find("Redis is back", back + 1), std::string::npos) << log;
}

TEST_F(RedisOutageTest, ABlockedReadSurvivesAnEmptyRestart) {
  Coordination worker = Join();
  auto taken = std::async(std::launch::async,
                          [&] { return IdOf(worker.jobs->Receive(kAllQueues, kTestTimeout)); });
  ASSERT_TRUE(Eventually([&] { return server_.Do({"EXISTS", Key("jobs:clip")}).number == 1; }));
  server_.Kill();
  server_.Start();
  Coordination api = Join();
  ASSERT_TRUE(api.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(taken.get(), "a");
}

TEST_F(RedisOutageTest, AnEmptiedRedisDoesNotAffectRunningJobs) {
  Coordination worker = Join();
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_TRUE(delivery);
  server_.Do({"FLUSHALL"});
  EXPECT_FALSE(IsLive(worker, "a"));
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a"))) << "the reconciler enqueues its row again";
  EXPECT_TRUE(worker.jobs->Ack(*delivery));
  EXPECT_TRUE(IsLive(worker, "a")) << "that is another job";
  EXPECT_EQ(IdOf(worker.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisOutageTest, ABlockedReadRecoversWhenRedisIsEmptied) {
  Coordination worker = Join();
  RedisTimeouts patient = ShortTimes();
  patient.reclaim_interval = milliseconds(3000);  // It stays in one read.
  Coordination reader = Join(patient);
  auto taken = std::async(std::launch::async,
                          [&] { return IdOf(reader.jobs->Receive(kAllQueues, kTestTimeout)); });
  ASSERT_TRUE(Eventually([&] {
    return server_.Do({"INFO", "clients"}).text.find("blocked_clients:1") != std::string::npos;
  }));
  server_.Do({"FLUSHALL"});
  ASSERT_TRUE(worker.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(taken.get(), "a");
}

TEST_F(RedisOutageTest, FlushedScriptsAreLoadedAgain) {
  Coordination coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  server_.Do({"SCRIPT", "FLUSH"});
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("b")));
  server_.Do({"SCRIPT", "FLUSH"});
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisOutageTest, ClosedConnectionsAreOpenedAgain) {
  Coordination coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  server_.Do({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_TRUE(coord.jobs->Enqueue(Clip("b")));
  EXPECT_TRUE(coord.check());
}

TEST_F(RedisOutageTest, CallsEndInTimeWhileRedisIsFrozen) {
  Coordination coord = Join(Impatient());
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  ASSERT_TRUE(coord.jobs->Receive(kAllQueues, kNoWait));
  server_.Freeze();
  std::vector<std::future<void>> callers;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::async(std::launch::async, [&] {
      EXPECT_LT(TimeOf([&] { ExpectUnavailable(coord.jobs->Enqueue(Clip("b"))); }), kCallMax);
      EXPECT_LT(TimeOf([&] { coord.jobs->Receive(kAllQueues, milliseconds(100)); }),
                milliseconds(100) + kCallMax);
    }));
  }
  for (auto& caller : callers) caller.get();
  EXPECT_LT(TimeOf([&] { ExpectUnavailable(coord.check()); }), kCallMax);
  server_.Thaw();
  EXPECT_TRUE(Eventually([&] { return coord.jobs->Enqueue(Clip("c")).has_value(); }));
}

TEST_F(RedisOutageTest, NoJobIsReclaimedBecauseRedisWasFrozen) {
  const auto visibility_timeout = Impatient().visibility_timeout;
  Coordination working = Join(Impatient());
  Coordination watching = Join(Impatient());
  ASSERT_TRUE(working.jobs->Enqueue(Clip("a")));
  const auto delivery = working.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_TRUE(delivery);
  auto stolen = std::async(std::launch::async, [&] {
    return watching.jobs->Receive(kAllQueues, visibility_timeout * 11 / 2);
  });
  std::this_thread::sleep_for(visibility_timeout * 3 / 2);  // It has watched for long enough.
  server_.Freeze();
  std::this_thread::sleep_for(visibility_timeout * 2);
  server_.Thaw();
  EXPECT_EQ(IdOf(stolen.get()), "nothing");
  EXPECT_TRUE(Eventually([&] { return watching.check().has_value(); }));
  EXPECT_EQ(StateOf(watching, "clip").in_flight, 1);
  EXPECT_TRUE(working.jobs->Ack(*delivery));
}

TEST_F(RedisOutageWithLogTest, ARestartKeepsJobsAndLeases) {
  Coordination working = Join();
  Coordination watching = Join();
  const auto working_lease = working.lease("leader");
  const auto term = working_lease->Acquire(kNoTerm).value();
  for (const char* id : {"a", "b"}) ASSERT_TRUE(working.jobs->Enqueue(Clip(id)));
  const auto delivery = working.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(delivery), "a");
  server_.Kill();
  std::this_thread::sleep_for(ShortTimes().visibility_timeout);
  server_.Start();
  ASSERT_TRUE(Eventually([&] { return watching.check().has_value(); }));
  EXPECT_EQ(IdOf(watching.jobs->Receive(kAllQueues, kTestTimeout)), "b");
  EXPECT_FALSE(watching.jobs->Receive(kAllQueues, ShortTimes().visibility_timeout * 3))
      << "the worker runs, though Redis has not heard of it for long";
  EXPECT_EQ(working_lease->Acquire(kNoTerm).value(), term);
  EXPECT_TRUE(IsLive(watching, "a"));
  ASSERT_TRUE(Eventually([&] { return working.jobs->Ack(*delivery).has_value(); }));
  EXPECT_FALSE(IsLive(watching, "a"));
}

TEST_F(RedisOutageTest, AFullMemoryIsReportedAndSurvived) {
  Coordination coord = Join();
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(coord.jobs->Enqueue(Clip(id)));
  const auto first = coord.jobs->Receive(kAllQueues, kNoWait);
  const auto second = coord.jobs->Receive(kAllQueues, kNoWait);
  ASSERT_TRUE(first && second);
  const std::string connections = server_.Do({"INFO", "stats"}).text;
  server_.Do({"CONFIG", "SET", "maxmemory", "1"});
  const Status refused = coord.jobs->Enqueue(Clip("d"));
  ExpectUnavailable(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("maxmemory"));
  EXPECT_FALSE(IsLive(coord, "d"));
  EXPECT_TRUE(coord.jobs->Ack(*first)) << "what makes room is let through";
  ExpectUnavailable(coord.jobs->Nack(*second));
  ExpectUnavailable(coord.state("sessions", "leader")->Put("x", kNoTerm));
  EXPECT_TRUE(coord.check());
  server_.Do({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(coord.jobs->Enqueue(Clip("d")));
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kNoWait)), "c");
}

TEST_F(RedisOutageTest, AReplicaIsRefusedWithAHintToThePrimary) {
  Coordination coord = Join();
  server_.Do({"REPLICAOF", "127.0.0.1", "1"});
  const Status refused = coord.jobs->Enqueue(Clip("a"));
  ExpectUnavailable(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("primary"));
  server_.Do({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(coord.jobs->Enqueue(Clip("a")));
}

class RedisLoginTest : public OwnRedisTest {
 protected:
  RedisLoginTest() : OwnRedisTest({.password = "right p@ss"}) {}

  [[nodiscard]] std::string Try(const std::string& login, const std::string& database = "0") const {
    const Secret url("redis://" + login + "127.0.0.1:" + std::to_string(server_.port()) + "/" +
                     database);
    auto coord = ConnectRedisWith({.url = url, .prefix = "login:", .queues = kTestQueues},
                                  ShortTimes(), nullptr);
    if (!coord) return coord.error().message;
    const Status reached = coord->check();
    if (reached) return "in";
    EXPECT_EQ(reached.error().code, Code::kUnavailable);
    return reached.error().message;
  }
};

TEST_F(RedisLoginTest, ARefusedConnectionNamesTheAddressAndNoPassword) {
  server_.Kill();
  EXPECT_EQ(Try(":right%20p%40ss@"), "Redis cannot be reached at 127.0.0.1:" +
                                         std::to_string(server_.port()) + ": Connection refused");
}

TEST_F(RedisLoginTest, NeedsTheRightPassword) {
  EXPECT_EQ(Try(":right%20p%40ss@"), "in");
  EXPECT_EQ(Try("default:right%20p%40ss@"), "in");
  EXPECT_THAT(Try(""), HasSubstr("wants a password"));
  EXPECT_THAT(Try(":hunter2@"), HasSubstr("refuses the user or password"));
  EXPECT_THAT(Try(":hunter2@"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(Try("stranger:hunter2@"), HasSubstr("refuses the user or password"));
}

TEST_F(RedisLoginTest, AUserWithoutRightsIsReported) {
  server_.Do({"ACL", "SETUSER", "reader", "on", ">reading", "~*", "&*", "+@connection", "+get"});
  EXPECT_THAT(Try("reader:reading@"), HasSubstr("do not let the user of REDIS_URL do this"));
  const Secret url("redis://reader:reading@127.0.0.1:" + std::to_string(server_.port()));
  auto coord = ConnectRedisWith({.url = url, .queues = kTestQueues}, ShortTimes(), nullptr).value();
  const Status refused = coord.jobs->Enqueue(Clip("a"));
  ExpectUnavailable(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("ACL"));
  EXPECT_TRUE(coord.state("sessions", "leader")->Get()) << "what it may do still goes";
  testing::internal::CaptureStderr();
  EXPECT_FALSE(coord.jobs->Receive(kAllQueues, milliseconds(300)));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("no job can be received"));
  EXPECT_EQ(log.find("no job can be received"), log.rfind("no job can be received"))
      << "the same message is logged once a minute";
  EXPECT_THAT(log, Not(HasSubstr("Redis is away")));
}

TEST_F(RedisLoginTest, NeedsADatabaseThatIsThere) {
  EXPECT_EQ(Try(":right%20p%40ss@", "7"), "in");
  EXPECT_THAT(Try(":right%20p%40ss@", "99"), HasSubstr("no database 99"));
}

TEST_F(RedisLoginTest, KeepsDatabasesApart) {
  const auto join = [&](const std::string& database) {
    const Secret url("redis://:right%20p%40ss@127.0.0.1:" + std::to_string(server_.port()) + "/" +
                     database);
    return ConnectRedisWith({.url = url, .queues = kTestQueues}, ShortTimes(), nullptr).value();
  };
  Coordination zero = join("0");
  Coordination one = join("1");
  ASSERT_TRUE(zero.jobs->Enqueue(Clip("a")));
  EXPECT_FALSE(IsLive(one, "a"));
  EXPECT_FALSE(one.jobs->Receive(kAllQueues, kNoWait));
}

TEST(RedisConnectTest, AnUnknownHostIsUnavailableAndTlsIsRefused) {
  const auto coord =
      ConnectRedisWith({.url = Secret("redis://no.such.host.invalid"), .queues = kTestQueues},
                       ShortTimes(), nullptr);
  ASSERT_TRUE(coord);
  ExpectUnavailable(coord->check());
  EXPECT_FALSE(ConnectRedis({.url = Secret("rediss://x"), .queues = kTestQueues}, nullptr));
}

}  // namespace
}  // namespace matinee::coord
