// Events between processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "coord/redis/event_sender.h"
#include "tests/integration/redis/redis_fixture.h"

namespace matinee::coord {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;

class Ear {
 public:
  explicit Ear(EventBus& bus) : bus_(bus) {
    id_ = bus_.Subscribe("", [this](const Event& event) {
      const std::lock_guard lock(mutex_);
      heard_.push_back(event.payload.empty() ? event.topic : event.payload);
    });
  }
  ~Ear() { bus_.Unsubscribe(id_); }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  bool Hears(const std::string& what) {
    return Eventually([&] { return HasHeard(what); });
  }
  bool HasHeard(const std::string& what) {
    const auto all = heard();
    return std::find(all.begin(), all.end(), what) != all.end();
  }

 private:
  EventBus& bus_;
  std::mutex mutex_;
  std::vector<std::string> heard_;
  EventBus::ListenerId id_ = 0;
};

using RedisEvents = RedisTest;
using RedisEventsInTrouble = OwnRedisTest;

TEST_F(RedisEvents, AreHeardByOtherProcessesInTheirOrder) {
  const Coordination here = Join();
  const Coordination there = Join();
  Ear near(*here.events);
  Ear far(*there.events);
  here.events->Publish({"capture", "a"});
  here.events->Publish({"sessions", {}});
  here.events->Publish({"capture", "b"});
  EXPECT_THAT(near.heard(), ElementsAre("a", "sessions", "b")) << "at once";
  ASSERT_TRUE(far.Hears("b"));
  EXPECT_THAT(far.heard(), ElementsAre("a", "sessions", "b"));
  there.events->Publish({"capture", "c"});
  ASSERT_TRUE(near.Hears("c"));
  EXPECT_THAT(near.heard(), ElementsAre("a", "sessions", "b", "c")) << "each once";
}

TEST_F(RedisEvents, OfOthersAndMalformedOnesAreIgnored) {
  const Coordination here = Join();
  Ear ear(*here.events);
  const std::string channel = Key("events");
  for (const std::string& text :
       {std::string(), std::string("nonsense"), std::string("x Capture a"),
        std::string("\0\xff", 2), std::string("x capture ") + std::string(1024 * 1024, 'y'),
        std::string("x a:b")}) {
    server_.Do({"PUBLISH", channel, text});
  }
  server_.Do({"PUBLISH", "other:events", "x capture other"});
  server_.Do({"PUBLISH", channel, "somebody capture a"});
  ASSERT_TRUE(ear.Hears("a"));
  EXPECT_THAT(ear.heard(), ElementsAre("a"));
}

TEST_F(RedisEventsInTrouble, AreReportedAsMissedOnceRedisIsBack) {
  const Coordination here = Join();
  const Coordination there = Join();
  Ear near(*here.events);
  Ear far(*there.events);
  server_.Kill();
  here.events->Publish({"capture", "lost"});
  EXPECT_TRUE(near.HasHeard("lost")) << "without Redis";
  server_.Start();
  EXPECT_TRUE(far.Hears("missed"));
  EXPECT_TRUE(near.Hears("missed"));
  EXPECT_TRUE(Eventually([&] {
    here.events->Publish({"capture", "a"});
    return far.HasHeard("a");
  }));
}

TEST_F(RedisEventsInTrouble, AreReportedAsMissedIfRedisWasAwayFromTheStart) {
  server_.Kill();
  const Coordination here = Join();
  const auto before = steady_clock::now();
  Ear ear(*here.events);
  EXPECT_LT(steady_clock::now() - before, kTestTimeout / 2);
  server_.Start();
  EXPECT_TRUE(ear.Hears("missed"));
}

TEST_F(RedisEventsInTrouble, AreReportedAsMissedWhenTheConnectionWasDeadWithoutAWord) {
  const Coordination here = Join(Impatient());
  Ear ear(*here.events);
  server_.Freeze();  // As a cable that was pulled: nothing comes, nothing closes.
  std::this_thread::sleep_for(Impatient().ping_interval + Impatient().command_time * 2);
  server_.Thaw();
  EXPECT_TRUE(ear.Hears("missed"));
}

TEST_F(RedisEventsInTrouble, HoldNobodyUpAndAreBounded) {
  const Coordination here = Join(Impatient());
  const Coordination there = Join(Impatient());
  Ear far(*there.events);
  here.events->Publish({"capture", "first"});
  ASSERT_TRUE(far.Hears("first"));
  server_.Freeze();
  const auto before = steady_clock::now();
  for (size_t i = 0; i < redis::kEventsQueuedMax * 3; ++i) {
    here.events->Publish({"capture", std::to_string(i)});
  }
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(5));
  server_.Thaw();
  EXPECT_TRUE(far.Hears("missed"));
}

TEST_F(RedisEvents, GoOutBeforeTheirSenderEnds) {
  const Coordination there = Join();
  Ear far(*there.events);
  {
    const Coordination here = Join();
    for (int i = 0; i < 100; ++i) here.events->Publish({"capture", std::to_string(i)});
  }
  EXPECT_TRUE(far.Hears("99"));
  EXPECT_EQ(far.heard().size(), 100);
}

}  // namespace
}  // namespace matinee::coord
