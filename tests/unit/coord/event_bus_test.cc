// What every EventBus promises. The same tests run on each driver: see tests/lib/cpp/test_coord.h.
#include "coord/event_bus.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

class EventBusTest : public testing::Test {
 protected:
  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  const Coordination coord_ = world_->Join();
  EventBus* const bus_ = coord_.events.get();
};

TEST_F(EventBusTest, DeliversAnEventToEveryListener) {
  std::vector<std::string> first;
  std::vector<std::string> second;
  bus_->Subscribe("", [&](const Event& event) { first.push_back(event.payload); });
  bus_->Subscribe("", [&](const Event& event) { second.push_back(event.payload); });
  bus_->Publish({"capture", "a"});
  bus_->Publish({"capture", "b"});
  EXPECT_EQ(first, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(second, first);
}

TEST_F(EventBusTest, AcceptsEventsWithoutListeners) {
  bus_->Publish({"capture", "a"});
  bus_->Unsubscribe(12345);
}

TEST_F(EventBusTest, KeepsNothingForLaterListeners) {
  int calls = 0;
  bus_->Publish({"capture", "a"});
  bus_->Subscribe("", [&](const Event&) { ++calls; });
  EXPECT_EQ(calls, 0);
}

TEST_F(EventBusTest, DoesNotCallAListenerThatUnsubscribed) {
  int calls = 0;
  const auto id = bus_->Subscribe("", [&](const Event&) { ++calls; });
  bus_->Publish({"capture", "a"});
  bus_->Unsubscribe(id);
  bus_->Publish({"capture", "b"});
  EXPECT_EQ(calls, 1);
}

TEST_F(EventBusTest, WaitsInUnsubscribeForACallThatRuns) {
  std::promise<void> entered;
  std::promise<void> let_go;
  std::atomic<bool> finished = false;
  const auto id = bus_->Subscribe("", [&](const Event&) {
    entered.set_value();
    let_go.get_future().wait();
    finished = true;
  });
  auto publisher = std::async(std::launch::async, [&] { bus_->Publish({"capture", "a"}); });
  entered.get_future().wait();
  auto unsubscriber = std::async(std::launch::async, [&] {
    bus_->Unsubscribe(id);
    return finished.load();
  });
  // It must not return while the listener runs; a short look is enough to catch one that does.
  EXPECT_EQ(unsubscriber.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  let_go.set_value();
  EXPECT_TRUE(unsubscriber.get());
  publisher.get();
}

TEST_F(EventBusTest, LetsAListenerUnsubscribeItself) {
  int calls = 0;
  EventBus::ListenerId id = 0;
  id = bus_->Subscribe("", [&](const Event&) {
    ++calls;
    bus_->Unsubscribe(id);
  });
  bus_->Publish({"capture", "a"});
  bus_->Publish({"capture", "b"});
  EXPECT_EQ(calls, 1);
}

TEST_F(EventBusTest, LeavesOutAListenerThatAnEarlierOneUnsubscribed) {
  int calls = 0;
  EventBus::ListenerId second = 0;
  bus_->Subscribe("", [&](const Event&) { bus_->Unsubscribe(second); });
  second = bus_->Subscribe("", [&](const Event&) { ++calls; });
  bus_->Publish({"capture", "a"});
  EXPECT_EQ(calls, 0);
}

TEST_F(EventBusTest, DoesNotLockUpWhenTwoListenersUnsubscribeEachOther) {
  std::promise<void> first_in;
  std::promise<void> second_in;
  std::shared_future<void> first_is_in = first_in.get_future().share();
  std::shared_future<void> second_is_in = second_in.get_future().share();
  EventBus::ListenerId first = 0;
  EventBus::ListenerId second = 0;
  first = bus_->Subscribe("", [&](const Event& event) {
    if (event.payload != "first") return;
    first_in.set_value();
    second_is_in.wait();
    bus_->Unsubscribe(second);
  });
  second = bus_->Subscribe("", [&](const Event& event) {
    if (event.payload != "second") return;
    second_in.set_value();
    first_is_in.wait();
    bus_->Unsubscribe(first);
  });
  auto other = std::async(std::launch::async, [&] { bus_->Publish({"capture", "first"}); });
  bus_->Publish({"capture", "second"});
  other.get();
}

TEST_F(EventBusTest, LetsAListenerPublishAndSubscribe) {
  std::vector<std::string> heard;
  bool nested = false;
  bus_->Subscribe("", [&](const Event& event) {
    heard.push_back(event.payload);
    if (nested) return;
    nested = true;
    bus_->Subscribe("", [&](const Event& later) { heard.push_back("new " + later.payload); });
    bus_->Publish({"capture", "inner"});
  });
  bus_->Publish({"capture", "outer"});
  EXPECT_EQ(heard, (std::vector<std::string>{"outer", "inner", "new inner"}));
}

TEST_F(EventBusTest, DestroysTheListenerThatUnsubscribed) {
  const auto held = std::make_shared<int>(1);
  const auto id = bus_->Subscribe("", [held](const Event&) {});
  EXPECT_EQ(held.use_count(), 2);
  bus_->Unsubscribe(id);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventBusTest, SurvivesManyThreads) {
  std::atomic<int> calls = 0;
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (int j = 0; j < 200; ++j) {
        auto subscribed = std::make_shared<std::atomic<bool>>(true);
        const auto id = bus_->Subscribe("", [subscribed, &calls](const Event&) {
          EXPECT_TRUE(*subscribed) << "called after Unsubscribe had returned";
          ++calls;
        });
        bus_->Publish({"capture", "x"});
        bus_->Unsubscribe(id);
        *subscribed = false;
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_GE(calls, 800);
}

TEST_F(EventBusTest, DeliversEventsOfTheTopicAndResyncsOnly) {
  std::vector<std::string> topics;
  std::vector<std::string> payloads;
  bus_->Subscribe("capture", [&](const Event& event) {
    topics.push_back(event.topic);
    payloads.push_back(event.payload);
  });
  bus_->Publish({"sessions", {}});
  bus_->Publish({"capture", "a"});
  bus_->Publish({kResyncTopic, {}});
  EXPECT_EQ(topics, (std::vector<std::string>{"capture", kResyncTopic}));
  EXPECT_EQ(payloads, (std::vector<std::string>{"a", ""}));
}

}  // namespace
}  // namespace matinee::coord
