// What lies in Redis: what a hand has put there, what is trimmed, what is missing.
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

class RedisStreams : public RedisTest {
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

TEST_F(RedisStreams, BearWhatAHandHasWrittenIntoThem) {
  const std::string stream = Key("jobs:clip");
  const std::string binary("\0\xff\x01", 3);
  const std::string endless(100'000, 'x');
  server_.Do({"XADD", stream, "*", "nothing", "known"});
  server_.Do({"XADD", stream, "*", "capture", ""});
  server_.Do({"XADD", stream, "*", "capture", binary, "at", "x"});
  server_.Do({"XADD", stream, "*", "capture", endless});
  server_.Do({"XADD", stream, "*", binary, binary, "reason", "theirs", "lane", "theirs"});
  // Names of fields that Lua would have to lay on its stack.
  server_.Do({"EVAL",
              "local f = {} for i = 1, 200 do f[i] = 'f' .. i end "
              "redis.call('XADD', KEYS[1], '*', unpack(f))",
              "1", stream});
  server_.Do({"XADD", stream, "*", "capture", "by hand"});
  Coord worker = Join();
  const auto delivery = worker.jobs->Take(Accept::kAll, kPatience);
  ASSERT_EQ(IdOf(delivery), "by hand");
  ASSERT_TRUE(worker.jobs->Done(*delivery));
  EXPECT_FALSE(worker.jobs->Take(Accept::kAll, milliseconds(100)));
  EXPECT_EQ(StateOf(worker, Lane::kClip).running, 0);
  EXPECT_EQ(StateOf(worker, Lane::kClip).waiting, 0);
  const auto dead = worker.jobs->Dead(100).value();
  ASSERT_EQ(dead.size(), 6);
  for (const DeadJob& job : dead) {
    EXPECT_EQ(job.reason, "the entry holds no capture");
    EXPECT_EQ(job.job.lane, Lane::kClip);
  }
}

TEST_F(RedisStreams, BearThatAHandWritesWhileTheyAreRead) {
  Coord worker = Join();
  auto hand = std::thread([&] {
    for (int i = 0; i < 20; ++i) {
      server_.Do({"XADD", Key("jobs:screenshot"), "*", "odd", "entry"});
      std::this_thread::sleep_for(milliseconds(2));
    }
    server_.Do({"XADD", Key("jobs:screenshot"), "*", "capture", "last"});
  });
  EXPECT_EQ(IdOf(worker.jobs->Take(Accept::kAll, kPatience)), "last");
  hand.join();
  EXPECT_EQ(worker.jobs->Dead(100).value().size(), 20);
}

TEST_F(RedisStreams, TakeOverNothingThatIsNoJobFromTheDead) {
  Coord worker = Join();
  server_.Do({"XADD", Key("jobs:clip"), "*", "odd", "entry"});
  server_.Do({"XADD", Key("jobs:clip"), "*", "capture", "good"});
  const auto gone = server_.Do({"XADD", Key("jobs:clip"), "*", "capture", "removed"}).text;
  server_.Do({"XGROUP", "CREATE", Key("jobs:clip"), "workers", "0"});
  server_.Do({"XREADGROUP", "GROUP", "workers", "dead", "STREAMS", Key("jobs:clip"), ">"});
  server_.Do({"XDEL", Key("jobs:clip"), gone});
  EXPECT_EQ(IdOf(worker.jobs->Take(Accept::kAll, kPatience)), "good");
  EXPECT_TRUE(Eventually([&] {
    worker.jobs->Take(Accept::kAll, milliseconds(50));
    return StateOf(worker, Lane::kClip).running == 1;
  }));
  EXPECT_EQ(worker.jobs->Dead(10).value().size(), 1);
}

TEST_F(RedisStreams, AreTrimmedToWhatIsUnfinished) {
  Coord worker = Join();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(worker.jobs->Enqueue(Clip(std::to_string(i))));
  std::vector<Delivery> taken;
  for (int i = 0; i < 60; ++i) taken.push_back(worker.jobs->Take(Accept::kAll, kNoWait).value());
  for (int i = 0; i < 60; ++i) {
    if (i == 40) continue;
    ASSERT_TRUE(worker.jobs->Done(taken.at(static_cast<size_t>(i))));
  }
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") == 60; }));
  EXPECT_EQ(StateOf(worker, Lane::kClip).waiting, 40);
  EXPECT_EQ(Lag("jobs:clip"), 40);
  ASSERT_TRUE(worker.jobs->Done(taken[40]));
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") == 41; })) << "and the last delivered";
  EXPECT_EQ(Lag("jobs:clip"), 40);
}

TEST_F(RedisStreams, LoseNothingByTrimmingWhateverTheOrder) {
  RedisTimes times = ShortTimes();
  times.beat_interval = milliseconds(1);
  times.upkeep_interval = milliseconds(0);
  times.silent_after = std::chrono::hours(1);
  std::vector<Coord> processes;
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
      ASSERT_TRUE(queue.Enqueue({kLanes.at(random() % kLanes.size()), id, {}}));
      waiting.insert(id);
    } else if (action < 5) {
      const auto delivery = queue.Take(Accept::kAll, kNoWait);
      ASSERT_EQ(delivery.has_value(), !waiting.empty()) << step;
      if (!delivery) continue;
      ASSERT_EQ(waiting.erase(delivery->job.capture_id), 1);
      taken.emplace_back(process, *delivery);
    } else if (!taken.empty()) {
      std::swap(taken.at(random() % taken.size()), taken.back());
      const auto [owner, delivery] = taken.back();
      taken.pop_back();
      if (action == 7) waiting.insert(delivery.job.capture_id);
      ASSERT_TRUE(action == 7 ? processes.at(owner).jobs->GiveBack(delivery)
                              : processes.at(owner).jobs->Done(delivery));
    }
  }
  int64_t lag = 0;
  for (const char* stream : {"jobs:screenshot", "jobs:clip", "jobs:background"}) {
    lag += Lag(stream);
  }
  EXPECT_EQ(lag, static_cast<int64_t>(waiting.size())) << "KEDA scales by it";
  while (const auto delivery = processes[0].jobs->Take(Accept::kAll, kNoWait)) {
    ASSERT_EQ(waiting.erase(delivery->job.capture_id), 1);
    ASSERT_TRUE(processes[0].jobs->Done(*delivery));
  }
  EXPECT_TRUE(waiting.empty());
  for (const auto& [owner, delivery] : taken) {
    ASSERT_TRUE(processes.at(owner).jobs->Done(delivery));
  }
  EXPECT_TRUE(Eventually([&] { return Length("jobs:clip") <= 1; }));
}

TEST_F(RedisStreams, ThatAreGoneLeaveNoCaptureWithoutAJobForEver) {
  Coord coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("b")));
  server_.Do({"DEL", Key("jobs:clip")});  // As a Redis does that evicts keys.
  EXPECT_FALSE(IsLive(coord, "a"));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_TRUE(IsLive(coord, "a"));
  EXPECT_EQ(IdOf(coord.jobs->Take(Accept::kAll, kPatience)), "a");
  EXPECT_TRUE(Eventually([&] { return server_.Do({"HLEN", Key("live:clip")}).number == 1; }));
}

TEST_F(RedisStreams, ThatBeginAnewMayGiveAnIdTwice) {
  Coord coord = Join();
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  const std::string id = server_.Do({"HGET", Key("live:clip"), "a"}).text;
  server_.Do({"DEL", Key("jobs:clip")});
  server_.Do({"XADD", Key("jobs:clip"), id, "capture", "b"});
  EXPECT_FALSE(IsLive(coord, "a"));
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(IdOf(coord.jobs->Take(Accept::kAll, kPatience)), "b");
  EXPECT_EQ(IdOf(coord.jobs->Take(Accept::kAll, kPatience)), "a");
}

TEST_F(RedisStreams, ThatAreGoneDoNotLeaveTheirLaneFull) {
  Coord coord = Join();
  for (size_t i = 0; i < kLaneJobsMax; ++i) {
    ASSERT_TRUE(coord.jobs->Enqueue(Clip(std::to_string(i))));
  }
  EXPECT_FALSE(coord.jobs->HasRoom(Lane::kClip));
  server_.Do({"DEL", Key("jobs:clip")});
  EXPECT_FALSE(coord.jobs->Take(Accept::kAll, kNoWait));  // From now on it tidies up.
  EXPECT_TRUE(Eventually([&] { return coord.jobs->HasRoom(Lane::kClip); }));
}

TEST_F(RedisStreams, WhoseGroupIsGoneAreReadFromTheirBeginning) {
  Coord coord = Join();
  EXPECT_FALSE(coord.jobs->Take(Accept::kAll, kNoWait));
  server_.Do({"XGROUP", "DESTROY", Key("jobs:clip"), "workers"});
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  EXPECT_EQ(StateOf(coord, Lane::kClip).waiting, 1);
  EXPECT_TRUE(IsLive(coord, "a"));
  EXPECT_EQ(IdOf(coord.jobs->Take(Accept::kAll, kPatience)), "a");
}

TEST_F(RedisStreams, TakeNoIdThatNoCaptureHas) {
  Coord coord = Join();
  for (const std::string& id : {std::string(), std::string("a\nb"), std::string(1000, 'x')}) {
    const Status refused = coord.jobs->Enqueue(Clip(id));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  }
}

TEST_F(RedisStreams, AreMeasured) {
  Metrics metrics;
  Coord coord = Join(ShortTimes(), &metrics);
  ASSERT_TRUE(coord.jobs->Enqueue(Clip("a")));
  ASSERT_TRUE(coord.jobs->Done(coord.jobs->Take(Accept::kAll, kNoWait).value()));
  const std::string text = metrics.Scrape();
  for (const char* operation : {"enqueue", "take", "done"}) {
    EXPECT_NE(text.find("db_client_operation_duration_seconds_count{db_operation_name=\"" +
                        std::string(operation) + "\",db_system_name=\"redis\"} 1"),
              std::string::npos)
        << operation;
  }
}

}  // namespace
}  // namespace matinee::coord
