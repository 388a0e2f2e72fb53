#include "live/hub.h"

#include <gmock/gmock.h>

#include <deque>

namespace matinee::live {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HubTest : public ::testing::Test {
 protected:
  struct Client {
    Listener listener;
    int calls = 0;
    Client() {
      listener.on_message = [this] { ++calls; };
    }
    // Everything that is queued, as it would be sent.
    std::string Read() {
      std::string text;
      for (const Message& message : listener.outbox.TakeAll()) text += *message;
      return text;
    }
  };

  bool Join(Client& client, const std::optional<std::string>& last_event_id = std::nullopt) {
    return hub_.Add(client.listener, last_event_id);
  }

  Metrics metrics_;
  Hub hub_{{{"capture", "capture_changed"}, {"playing", "sessions_changed"}}, "pod", metrics_};
};

TEST_F(HubTest, AListenerReceivesTheEventsOfTheTable) {
  Client client;
  ASSERT_TRUE(Join(client));
  EXPECT_EQ(client.Read(), "retry: 2000\nid: pod.0\n\n");
  hub_.OnEvent({"capture", "0190"});
  EXPECT_EQ(client.Read(), "id: pod.1\nevent: capture_changed\ndata: {\"id\":\"0190\"}\n\n");
  hub_.OnEvent({"playing", ""});
  EXPECT_EQ(client.Read(), "id: pod.2\nevent: sessions_changed\ndata: {}\n\n");
  hub_.OnEvent({"other", "x"});
  EXPECT_EQ(client.Read(), "");
  EXPECT_EQ(client.calls, 3);
}

TEST_F(HubTest, AResyncOfTheBusIsPassedOn) {
  Client client;
  ASSERT_TRUE(Join(client));
  hub_.OnEvent({coord::kResyncTopic, "x"});
  EXPECT_THAT(client.Read(), HasSubstr("event: resync\ndata: {}\n\n"));
}

TEST_F(HubTest, AResyncReplacesAnEventOfAMegabyte) {
  Client client;
  ASSERT_TRUE(Join(client));
  hub_.OnEvent({"capture", std::string(1 << 20, 'x')});
  EXPECT_THAT(client.Read(), AllOf(HasSubstr("event: resync\n"), Not(HasSubstr("xxx"))));
}

TEST_F(HubTest, AClientThatReconnectsReceivesWhatItMissed) {
  hub_.OnEvent({"capture", "one"});
  hub_.OnEvent({"capture", "two"});
  Client client;
  ASSERT_TRUE(Join(client, "pod.1"));
  EXPECT_EQ(client.Read(),
            "retry: 2000\nid: pod.1\n\n"
            "id: pod.2\nevent: capture_changed\ndata: {\"id\":\"two\"}\n\n");
}

TEST_F(HubTest, AClientWithAnUnknownIdReceivesAResync) {
  hub_.OnEvent({"capture", "one"});
  Client client;
  ASSERT_TRUE(Join(client, "another.1"));
  EXPECT_EQ(client.Read(), "retry: 2000\n\nid: pod.1\nevent: resync\ndata: {}\n\n");
}

TEST_F(HubTest, AClientThatDoesNotReadReceivesOneResyncInsteadOfItsQueue) {
  Client client;
  ASSERT_TRUE(Join(client));
  const std::string id(kPayloadBytesMax, 'x');
  const int events = 2 * static_cast<int>(kOutboxBytesMax / kPayloadBytesMax);
  for (int i = 0; i < events; ++i) hub_.OnEvent({"capture", id});
  const std::string text = client.Read();
  EXPECT_THAT(text, HasSubstr("event: resync\n"));
  EXPECT_EQ(text.find("event: resync"), text.rfind("event: resync"));
  EXPECT_LE(text.size(), kOutboxBytesMax);
  EXPECT_THAT(metrics_.Scrape(), Not(HasSubstr("matinee_live_dropped_total 0")));
  // It is up to date: what follows is sent as before.
  hub_.OnEvent({"capture", "last"});
  EXPECT_THAT(client.Read(), HasSubstr("last"));
}

TEST_F(HubTest, AHeartbeatIsSentToThoseWithoutMessages) {
  Client quiet;
  Client busy;
  ASSERT_TRUE(Join(quiet));
  ASSERT_TRUE(Join(busy));
  static_cast<void>(quiet.Read());
  hub_.SendHeartbeat();
  EXPECT_EQ(quiet.Read(), EncodeHeartbeat());
  EXPECT_THAT(busy.Read(), Not(HasSubstr(EncodeHeartbeat())));
}

TEST_F(HubTest, TheNumberOfListenersIsLimited) {
  std::deque<Client> clients(kListenersMax);
  for (Client& client : clients) ASSERT_TRUE(Join(client));
  Client further;
  EXPECT_FALSE(Join(further));
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 500\n"));
  hub_.Remove(clients.front().listener);
  EXPECT_TRUE(Join(further));
}

TEST_F(HubTest, CountsEventsByName) {
  hub_.OnEvent({"capture", "one"});
  hub_.OnEvent({"capture", "two"});
  const std::string scraped = metrics_.Scrape();
  EXPECT_THAT(scraped, HasSubstr("matinee_live_events_total{event=\"capture_changed\"} 2\n"));
  EXPECT_THAT(scraped, HasSubstr("matinee_live_events_total{event=\"sessions_changed\"} 0\n"));
  EXPECT_THAT(scraped, HasSubstr("matinee_live_events_total{event=\"resync\"} 0\n"));
}

}  // namespace
}  // namespace matinee::live
