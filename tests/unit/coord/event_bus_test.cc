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

class EventBusContract : public testing::Test {
 protected:
  const std::unique_ptr<TestCoord> world_ = TestCoord::Make();
  const Coord coord_ = world_->Join();
  EventBus* const bus_ = coord_.events.get();
};

TEST_F(EventBusContract, TellsEveryListenerWhichCaptureChanged) {
  std::vector<std::string> first;
  std::vector<std::string> second;
  bus_->Subscribe([&](const Event& event) { first.push_back(event.capture_id); });
  bus_->Subscribe([&](const Event& event) { second.push_back(event.capture_id); });
  bus_->PublishCaptureChanged("a");
  bus_->PublishCaptureChanged("b");
  EXPECT_EQ(first, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(second, first);
}

TEST_F(EventBusContract, DoesNotMindThatNobodyListens) {
  bus_->PublishCaptureChanged("a");
  bus_->Unsubscribe(12345);
}

TEST_F(EventBusContract, KeepsNothingForThoseWhoCameLater) {
  int calls = 0;
  bus_->PublishCaptureChanged("a");
  bus_->Subscribe([&](const Event&) { ++calls; });
  EXPECT_EQ(calls, 0);
}

TEST_F(EventBusContract, DoesNotCallAListenerThatUnsubscribed) {
  int calls = 0;
  const auto id = bus_->Subscribe([&](const Event&) { ++calls; });
  bus_->PublishCaptureChanged("a");
  bus_->Unsubscribe(id);
  bus_->PublishCaptureChanged("b");
  EXPECT_EQ(calls, 1);
}

TEST_F(EventBusContract, WaitsInUnsubscribeForACallThatRuns) {
  std::promise<void> entered;
  std::promise<void> let_go;
  std::atomic<bool> finished = false;
  const auto id = bus_->Subscribe([&](const Event&) {
    entered.set_value();
    let_go.get_future().wait();
    finished = true;
  });
  auto publisher = std::async(std::launch::async, [&] { bus_->PublishCaptureChanged("a"); });
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

TEST_F(EventBusContract, LetsAListenerUnsubscribeItself) {
  int calls = 0;
  EventBus::ListenerId id = 0;
  id = bus_->Subscribe([&](const Event&) {
    ++calls;
    bus_->Unsubscribe(id);
  });
  bus_->PublishCaptureChanged("a");
  bus_->PublishCaptureChanged("b");
  EXPECT_EQ(calls, 1);
}

TEST_F(EventBusContract, LeavesOutAListenerThatAnEarlierOneUnsubscribed) {
  int calls = 0;
  EventBus::ListenerId second = 0;
  bus_->Subscribe([&](const Event&) { bus_->Unsubscribe(second); });
  second = bus_->Subscribe([&](const Event&) { ++calls; });
  bus_->PublishCaptureChanged("a");
  EXPECT_EQ(calls, 0);
}

TEST_F(EventBusContract, DoesNotLockUpWhenTwoListenersUnsubscribeEachOther) {
  std::promise<void> first_in;
  std::promise<void> second_in;
  std::shared_future<void> first_is_in = first_in.get_future().share();
  std::shared_future<void> second_is_in = second_in.get_future().share();
  EventBus::ListenerId first = 0;
  EventBus::ListenerId second = 0;
  first = bus_->Subscribe([&](const Event& event) {
    if (event.capture_id != "first") return;
    first_in.set_value();
    second_is_in.wait();
    bus_->Unsubscribe(second);
  });
  second = bus_->Subscribe([&](const Event& event) {
    if (event.capture_id != "second") return;
    second_in.set_value();
    first_is_in.wait();
    bus_->Unsubscribe(first);
  });
  auto other = std::async(std::launch::async, [&] { bus_->PublishCaptureChanged("first"); });
  bus_->PublishCaptureChanged("second");
  other.get();
}

TEST_F(EventBusContract, LetsAListenerPublishAndSubscribe) {
  std::vector<std::string> heard;
  bool nested = false;
  bus_->Subscribe([&](const Event& event) {
    heard.push_back(event.capture_id);
    if (nested) return;
    nested = true;
    bus_->Subscribe([&](const Event& later) { heard.push_back("new " + later.capture_id); });
    bus_->PublishCaptureChanged("inner");
  });
  bus_->PublishCaptureChanged("outer");
  EXPECT_EQ(heard, (std::vector<std::string>{"outer", "inner", "new inner"}));
}

TEST_F(EventBusContract, DestroysTheListenerThatUnsubscribed) {
  const auto held = std::make_shared<int>(1);
  const auto id = bus_->Subscribe([held](const Event&) {});
  EXPECT_EQ(held.use_count(), 2);
  bus_->Unsubscribe(id);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventBusContract, BearsManyThreadsAtOnce) {
  std::atomic<int> calls = 0;
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (int j = 0; j < 200; ++j) {
        auto alive = std::make_shared<std::atomic<bool>>(true);
        const auto id = bus_->Subscribe([alive, &calls](const Event&) {
          EXPECT_TRUE(*alive) << "called after Unsubscribe had returned";
          ++calls;
        });
        bus_->PublishCaptureChanged("x");
        bus_->Unsubscribe(id);
        *alive = false;
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_GE(calls, 800);
}

TEST_F(EventBusContract, SaysWhatHasChanged) {
  std::vector<Event> heard;
  bus_->Subscribe([&](const Event& event) { heard.push_back(event); });
  bus_->PublishSessionsChanged();
  bus_->PublishCaptureChanged("a");
  ASSERT_EQ(heard.size(), 2);
  EXPECT_EQ(heard[0].kind, Event::Kind::kSessionsChanged);
  EXPECT_EQ(heard[1].kind, Event::Kind::kCaptureChanged);
  EXPECT_EQ(heard[1].capture_id, "a");
}

}  // namespace
}  // namespace matinee::coord
