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

class EventListener {
 public:
  explicit EventListener(EventBus& bus) : bus_(bus) {
    id_ = bus_.Subscribe("", [this](const Event& event) {
      const std::lock_guard lock(mutex_);
      received_.push_back(event.payload.empty() ? event.topic : event.payload);
    });
  }
  ~EventListener() { bus_.Unsubscribe(id_); }
  EventListener(const EventListener&) = delete;
  EventListener& operator=(const EventListener&) = delete;

  std::vector<std::string> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  bool Receives(const std::string& what) {
    return Eventually([&] { return HasReceived(what); });
  }
  bool HasReceived(const std::string& what) {
    const auto all = received();
    return std::find(all.begin(), all.end(), what) != all.end();
  }

 private:
  EventBus& bus_;
  std::mutex mutex_;
  std::vector<std::string> received_;
  EventBus::ListenerId id_ = 0;
};

using RedisEventTest = RedisTest;
using RedisEventOutageTest = OwnRedisTest;

TEST_F(RedisEventTest, OtherProcessesReceiveEventsInOrder) {
  const Coordination here = Join();
  const Coordination there = Join();
  EventListener near(*here.events);
  EventListener far(*there.events);
  here.events->Publish({"capture", "a"});
  here.events->Publish({"sessions", {}});
  here.events->Publish({"capture", "b"});
  EXPECT_THAT(near.received(), ElementsAre("a", "sessions", "b")) << "at once";
  ASSERT_TRUE(far.Receives("b"));
  EXPECT_THAT(far.received(), ElementsAre("a", "sessions", "b"));
  there.events->Publish({"capture", "c"});
  ASSERT_TRUE(near.Receives("c"));
  EXPECT_THAT(near.received(), ElementsAre("a", "sessions", "b", "c")) << "each once";
}

TEST_F(RedisEventTest, AnEventOfAMegabyteIsAResyncForOtherProcesses) {
  const Coordination here = Join();
  const Coordination there = Join();
  EventListener far(*there.events);
  here.events->Publish({"capture", std::string(1024 * 1024, 'x')});
  here.events->Publish({"capture", "a"});
  ASSERT_TRUE(far.Receives("a"));
  EXPECT_THAT(far.received(), ElementsAre(kResyncTopic, "a"));
}

TEST_F(RedisEventTest, EventsOfOthersAndMalformedOnesAreIgnored) {
  const Coordination here = Join();
  EventListener listener(*here.events);
  const std::string channel = Key("events");
  for (const std::string& text :
       {std::string(), std::string("nonsense"), std::string("x Capture a"),
        std::string("\0\xff", 2), std::string("x capture ") + std::string(1024 * 1024, 'y'),
        std::string("x a:b")}) {
    server_.Do({"PUBLISH", channel, text});
  }
  server_.Do({"PUBLISH", "other:events", "x capture other"});
  server_.Do({"PUBLISH", channel, "another capture a"});
  ASSERT_TRUE(listener.Receives("a"));
  EXPECT_THAT(listener.received(), ElementsAre("a"));
}

TEST_F(RedisEventOutageTest, MissedEventsAreReportedOnceRedisIsBack) {
  const Coordination here = Join();
  const Coordination there = Join();
  EventListener near(*here.events);
  EventListener far(*there.events);
  server_.Kill();
  here.events->Publish({"capture", "lost"});
  EXPECT_TRUE(near.HasReceived("lost")) << "without Redis";
  server_.Start();
  EXPECT_TRUE(far.Receives("missed"));
  EXPECT_TRUE(near.Receives("missed"));
  EXPECT_TRUE(Eventually([&] {
    here.events->Publish({"capture", "a"});
    return far.HasReceived("a");
  }));
}

TEST_F(RedisEventOutageTest, MissedEventsAreReportedIfRedisWasAwayFromTheStart) {
  server_.Kill();
  const Coordination here = Join();
  const auto before = steady_clock::now();
  EventListener listener(*here.events);
  EXPECT_LT(steady_clock::now() - before, kTestTimeout / 2);
  server_.Start();
  EXPECT_TRUE(listener.Receives("missed"));
}

TEST_F(RedisEventOutageTest, MissedEventsAreReportedAfterASilentlyLostConnection) {
  const Coordination here = Join(Impatient());
  EventListener listener(*here.events);
  server_.Freeze();  // As a cable that was pulled: nothing comes, nothing closes.
  std::this_thread::sleep_for(Impatient().ping_interval + Impatient().command_time * 2);
  server_.Thaw();
  EXPECT_TRUE(listener.Receives("missed"));
}

TEST_F(RedisEventOutageTest, QueuedEventsAreBoundedAndDoNotBlock) {
  const Coordination here = Join(Impatient());
  const Coordination there = Join(Impatient());
  EventListener far(*there.events);
  here.events->Publish({"capture", "first"});
  ASSERT_TRUE(far.Receives("first"));
  server_.Freeze();
  const auto before = steady_clock::now();
  for (size_t i = 0; i < redis::kEventsQueuedMax * 3; ++i) {
    here.events->Publish({"capture", std::to_string(i)});
  }
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(5));
  server_.Thaw();
  EXPECT_TRUE(far.Receives("missed"));
}

TEST_F(RedisEventTest, EventsAreSentBeforeTheirSenderEnds) {
  const Coordination there = Join();
  EventListener far(*there.events);
  {
    const Coordination here = Join();
    for (int i = 0; i < 100; ++i) here.events->Publish({"capture", std::to_string(i)});
  }
  EXPECT_TRUE(far.Receives("99"));
  EXPECT_EQ(far.received().size(), 100);
}

}  // namespace
}  // namespace matinee::coord
