// The streams in Redis: entries written by hand, trimming, missing keys.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;

class RedisStreamTest : public RedisTest {
 protected:
  int64_t Length(const std::string& key) { return server_.Do({"XLEN", Key(key)}).number; }
  // As KEDA reads it.
  int64_t Lag(const std::string& key) {
    const auto groups = server_.Do({"XINFO", "GROUPS", Key(key)});
    const auto& fields = groups.items.at(0).items;
    for (size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (fields[i].text == "lag") {
        return fields[i + 1].is(redis::Reply::Kind::kNumber) ? fields[i + 1].number : -1;
      }
    }
    return -1;
  }
};

TEST_F(RedisStreamTest, MalformedEntriesBecomeDeadLetters) {
  const std::string stream = Key("jobs:clip");
  const std::string binary("\0\xff\x01", 3);
  const std::string endless(100'000, 'x');
  server_.Do({"XADD", stream, "*", "Nothing", "known"});
  server_.Do({"XADD", stream, "*", "capture", ""});
  server_.Do({"XADD", stream, "*", "capture", binary, "at", "x"});
  server_.Do({"XADD", stream, "*", "capture", endless});
  server_.Do({"XADD", stream, "*", binary, binary, "reason", "theirs", "queue", "theirs"});
  // Names of fields that Lua would have to lay on its stack.
  server_.Do({"EVAL",
              "local f = {} for i = 1, 200 do f[i] = 'F' .. i end "
              "redis.call('XADD', KEYS[1], '*', unpack(f))",
              "1", stream});
  server_.Do({"XADD", stream, "*", "capture", "by hand"});
  Coordination worker = Join();
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(delivery), "by hand");
  ASSERT_TRUE(worker.jobs->Ack(*delivery));
  EXPECT_FALSE(worker.jobs->Receive(kAllQueues, milliseconds(100)));
  EXPECT_EQ(StateOf(worker, "clip").in_flight, 0);
  EXPECT_EQ(StateOf(worker, "clip").queued, 0);
  const auto dead_letters = worker.jobs->DeadLetters(100).value();
  ASSERT_EQ(dead_letters.size(), 6);
  for (const DeadLetterJob& job : dead_letters) {
    EXPECT_EQ(job.reason, "the entry is malformed");
    EXPECT_EQ(job.job.queue, "clip");
  }
}

TEST_F(RedisStreamTest, EntriesWrittenByHandWhileReadingAreHarmless) {
  Coordination worker = Join();
  auto hand = std::thread([&] {
    for (int i = 0; i < 20; ++i) {
      server_.Do({"XADD", Key("jobs:screenshot"), "*", "Odd!", "entry"});
      std::this_thread::sleep_for(milliseconds(2));
    }
    server_.Do({"XADD", Key("jobs:screenshot"), "*", "capture", "last"});
  });
  EXPECT_EQ(IdOf(worker.jobs->Receive(kAllQueues, kTestTimeout)), "last");
  hand.join();
  EXPECT_EQ(worker.jobs->DeadLetters(100).value().size(), 20);
}

TEST_F(RedisStreamTest, AKeyOfAnotherTypeIsAnErrorUntilItIsDeleted) {
  Coordination coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Screenshot("a")));
  server_.Do({"SET", Key("jobs:clip"), "by hand"});
  const Status refused = coord.jobs->Enqueue(Clip("b"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("WRONGTYPE"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(IdOf(coord.jobs->Receive(kReservedSlot, kTestTimeout)), "a") << "of another queue";
  EXPECT_FALSE(coord.jobs->Receive(kAllQueues, milliseconds(100)));
  server_.Do({"DEL", Key("jobs:clip")});
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("b")));
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "b");
}

TEST_F(RedisStreamTest, OnlyJobsAreReclaimedFromACrashedConsumer) {
  Coordination worker = Join();
  server_.Do({"XADD", Key("jobs:clip"), "*", "Odd!", "entry"});
  server_.Do({"XADD", Key("jobs:clip"), "*", "capture", "good"});
  const auto gone = server_.Do({"XADD", Key("jobs:clip"), "*", "capture", "removed"}).text;
  server_.Do({"XGROUP", "CREATE", Key("jobs:clip"), "workers", "0"});
  server_.Do({"XREADGROUP", "GROUP", "workers", "crashed", "STREAMS", Key("jobs:clip"), ">"});
  server_.Do({"XDEL", Key("jobs:clip"), gone});
  EXPECT_EQ(IdOf(worker.jobs->Receive(kAllQueues, kTestTimeout)), "good");
  EXPECT_TRUE(Eventually([&] {
    worker.jobs->Receive(kAllQueues, milliseconds(50));
    return StateOf(worker, "clip").in_flight == 1;
  }));
  EXPECT_EQ(worker.jobs->DeadLetters(10).value().size(), 1);
}

TEST_F(RedisStreamTest, StreamsAreTrimmedToUnfinishedJobs) {
  Coordination worker = Join();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.jobs->Enqueue(Clip(std::to_string(i))));
  std::vector<Delivery> taken;
  for (int i = 0; i < 60; ++i) taken.push_back(worker.jobs->Receive(kAllQueues, kNoWait).value());
  for (int i = 0; i < 60; ++i) {
    if (i == 40) continue;
    ASSERT_TRUE(worker.jobs->Ack(taken.at(static_cast<size_t>(i))));
  }
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") == 60; }));
  EXPECT_EQ(StateOf(worker, "clip").queued, 40);
  EXPECT_EQ(Lag("jobs:clip"), 40);
  ASSERT_TRUE(worker.jobs->Ack(taken[40]));
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") == 41; })) << "and the last delivered";
  EXPECT_EQ(Lag("jobs:clip"), 40);
}

TEST_F(RedisStreamTest, TrimmingLosesNothingWhateverTheOrder) {
  RedisTimeouts times = ShortTimes();
  times.heartbeat_interval = milliseconds(1);
  times.trim_interval = milliseconds(0);
  times.visibility_timeout = std::chrono::hours(1);
  std::vector<Coordination> processes;
  for (int i = 0; i < 3; ++i) processes.push_back(Join(times));
  std::mt19937 random(11);  // NOLINT(bugprone-random-generator-seed): the same each time.
  std::set<std::string> waiting;
  std::vector<std::pair<size_t, Delivery>> taken;
  int next = 0;
  for (int step = 0; step < 4000; ++step) {
    const size_t process = random() % processes.size();
    JobQueue& queue = *processes.at(process).jobs;
    const auto action = random() % 8;
    if (action < 3) {
      const std::string id = std::to_string(next++);
      ASSERT_TRUE(queue.Enqueue(MakeJob(kTestQueues[random() % 3].name, id)));
      waiting.insert(id);
    } else if (action < 5) {
      const auto delivery = queue.Receive(kAllQueues, kNoWait);
      ASSERT_EQ(delivery.has_value(), !waiting.empty()) << step;
      if (!delivery) continue;
      ASSERT_EQ(waiting.erase(delivery->job.subject), 1);
      taken.emplace_back(process, *delivery);
    } else if (!taken.empty()) {
      std::swap(taken.at(random() % taken.size()), taken.back());
      const auto [owner, delivery] = taken.back();
      taken.pop_back();
      if (action == 7) waiting.insert(delivery.job.subject);
      ASSERT_TRUE(action == 7 ? processes.at(owner).jobs->Nack(delivery)
                              : processes.at(owner).jobs->Ack(delivery));
    }
  }
  int64_t lag = 0;
  for (const char* stream : {"jobs:screenshot", "jobs:clip", "jobs:background"}) {
    lag += Lag(stream);
  }
  EXPECT_EQ(lag, static_cast<int64_t>(waiting.size())) << "KEDA scales by it";
  while (const auto delivery = processes[0].jobs->Receive(kAllQueues, kNoWait)) {
    ASSERT_EQ(waiting.erase(delivery->job.subject), 1);
    ASSERT_TRUE(processes[0].jobs->Ack(*delivery));
  }
  EXPECT_TRUE(waiting.empty());
  for (const auto& [owner, delivery] : taken) {
    ASSERT_TRUE(processes.at(owner).jobs->Ack(delivery));
  }
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") <= 1; }));
}

TEST_F(RedisStreamTest, ADeletedStreamDoesNotKeepJobsLive) {
  Coordination coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("b")));
  server_.Do({"DEL", Key("jobs:clip")});  // As a Redis does that evicts keys.
  EXPECT_FALSE(IsLive(coord, "a"));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_TRUE(IsLive(coord, "a"));
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "a");
  EXPECT_TRUE(Eventually([&] { return server_.Do({"HLEN", Key("live:clip")}).number == 1; }));
}

TEST_F(RedisStreamTest, AStreamThatBeginsAgainMayReuseAnId) {
  Coordination coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  const std::string id = server_.Do({"HGET", Key("live:clip"), "a"}).text;
  server_.Do({"DEL", Key("jobs:clip")});
  server_.Do({"XADD", Key("jobs:clip"), id, "capture", "b"});
  EXPECT_FALSE(IsLive(coord, "a"));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "b");
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisStreamTest, ADeletedStreamDoesNotLeaveItsQueueFull) {
  Coordination coord = Join();
  for (size_t i = 0; i < kTestQueues[1].jobs_max; ++i) {
    ASSERT_TRUE(coord.jobs->Enqueue(Clip(std::to_string(i))));
  }
  EXPECT_FALSE(coord.jobs->Enqueue(Clip("one too many")));
  server_.Do({"DEL", Key("jobs:clip")});
  EXPECT_FALSE(coord.jobs->Receive(kAllQueues, kNoWait));  // From now on it tidies up.
  EXPECT_TRUE(Eventually([&] { return coord.jobs->Enqueue(Clip("fits now")).has_value(); }));
}

TEST_F(RedisStreamTest, AStreamWithoutItsGroupIsReadFromItsBeginning) {
  Coordination coord = Join();
  EXPECT_FALSE(coord.jobs->Receive(kAllQueues, kNoWait));
  server_.Do({"XGROUP", "DESTROY", Key("jobs:clip"), "workers"});
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(StateOf(coord, "clip").queued, 1);
  EXPECT_TRUE(IsLive(coord, "a"));
  EXPECT_EQ(IdOf(coord.jobs->Receive(kAllQueues, kTestTimeout)), "a");
}

TEST_F(RedisStreamTest, InvalidSubjectsAreRefused) {
  Coordination coord = Join();
  for (const std::string& id : {std::string(), std::string("a\nb"), std::string(1000, 'x')}) {
    const Status refused = coord.jobs->Enqueue(Clip(id));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  }
}

// What a pod of version 0.1.0 writes when it enqueues a capture.
TEST_F(RedisStreamTest, JobsOfVersion010AreReceived) {
  const std::string id = server_
                             .Do({"XADD", Key("jobs:clip"), "*", "capture", "old", "traceparent",
                                  "00-1-2-01", "at", "1700000000000000"})
                             .text;
  server_.Do({"HSET", Key("live:clip"), "old", id});
  Coordination worker = Join();
  EXPECT_TRUE(IsLive(worker, "old"));
  Job again{.queue = "clip", .kind = "capture", .subject = "old", .key = "old"};
  ASSERT_TRUE(worker.jobs->Enqueue(again));
  const auto delivery = worker.jobs->Receive(kAllQueues, kTestTimeout);
  ASSERT_EQ(IdOf(delivery), "old");
  EXPECT_EQ(delivery->job.kind, "capture");
  EXPECT_EQ(delivery->job.traceparent, "00-1-2-01");
  EXPECT_TRUE(IsLive(worker, "old")) << "in flight";
  EXPECT_FALSE(worker.jobs->Receive(kAllQueues, kNoWait)) << "it was live, so it is there once";
  ASSERT_TRUE(worker.jobs->Ack(*delivery));
  EXPECT_FALSE(IsLive(worker, "old"));
  EXPECT_EQ(server_.Do({"HLEN", Key("live:clip")}).number, 0);
}

// A pod of version 0.1.0 reads the field `capture`, and finds the live job by the capture's id.
TEST_F(RedisStreamTest, Version010CanReadJobs) {
  Coordination api = Join();
  ASSERT_TRUE(
      api.jobs->Enqueue({.queue = "clip", .kind = "capture", .subject = "new", .key = "new"}));
  const auto entries = server_.Do({"XRANGE", Key("jobs:clip"), "-", "+"});
  ASSERT_EQ(entries.items.size(), 1);
  const auto& fields = entries.items[0].items[1].items;
  EXPECT_EQ(fields[0].text, "capture");
  EXPECT_EQ(fields[1].text, "new");
  EXPECT_EQ(server_.Do({"HGET", Key("live:clip"), "new"}).text, entries.items[0].items[0].text);
}

TEST_F(RedisStreamTest, OperationsAreMeasured) {
  Metrics metrics;
  Coordination coord = Join(ShortTimes(), &metrics);
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  ASSERT_TRUE(coord.jobs->Ack(coord.jobs->Receive(kAllQueues, kNoWait).value()));
  const std::string text = metrics.Scrape();
  for (const char* operation : {"enqueue", "receive", "ack"}) {
    EXPECT_NE(text.find("db_client_operation_duration_seconds_count{db_operation_name=\"" +
                        std::string(operation) + "\",db_system_name=\"redis\"} 1"),
              std::string::npos)
        << operation;
  }
}

}  // namespace
}  // namespace matinee::coord
