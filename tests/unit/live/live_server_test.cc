#include <atomic>
#include <deque>
#include <thread>

#include "tests/unit/live/live_server_fixture.h"

namespace matinee::live {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LiveServerTest : public LiveServerFixture {};

// The id of the last event that `text` contains.
std::string LastId(const std::string& text) {
  const size_t begin = text.rfind("id: ") + 4;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST_F(LiveServerTest, AnEventOfTheBusReachesEachClient) {
  Start();
  Client one(server_->port());
  Client two(server_->port());
  EXPECT_THAT(one.ReadStart(),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"),
                    HasSubstr("X-Accel-Buffering: no\r\n"), HasSubstr("\r\n\r\nretry: 2000\n")));
  static_cast<void>(two.ReadStart());
  Publish("0190");
  const std::string event = one.ReadEvent();
  EXPECT_THAT(event, HasSubstr("\nevent: capture_changed\ndata: {\"id\":\"0190\"}\n\n"));
  EXPECT_EQ(two.ReadEvent(), event);
}

TEST_F(LiveServerTest, AClientThatReconnectsReceivesWhatItMissed) {
  Start();
  std::string id;
  {
    Client client(server_->port());
    id = LastId(client.ReadStart());
  }
  Publish("missed");
  Client again(server_->port(), "Last-Event-ID: " + id + "\r\n");
  EXPECT_THAT(again.ReadStart(), HasSubstr("id: " + id));
  EXPECT_THAT(again.ReadEvent(), HasSubstr("missed"));
}

TEST_F(LiveServerTest, AClientOfAnotherStartReceivesAResync) {
  Start();
  std::string id;
  {
    Client client(server_->port());
    id = LastId(client.ReadStart());
  }
  Start();
  Client again(server_->port(), "Last-Event-ID: " + id + "\r\n");
  EXPECT_THAT(again.ReadStart(), Not(HasSubstr("id: ")));
  EXPECT_THAT(again.ReadEvent(), HasSubstr("event: resync\n"));
}

TEST_F(LiveServerTest, ACommentKeepsAQuietStreamOpen) {
  Start();
  Client client(server_->port());
  static_cast<void>(client.ReadStart());
  Advance(kHeartbeatInterval - std::chrono::seconds(1));
  Publish("first");
  EXPECT_THAT(client.ReadEvent(), HasSubstr("first"));
  Advance(std::chrono::seconds(1));
  EXPECT_EQ(client.ReadEvent(), EncodeHeartbeat());
}

TEST_F(LiveServerTest, TheFiveHundredFirstListenerIsRefused) {
  AllowManyDescriptors();
  Start();
  std::deque<Client> clients;
  for (size_t i = 0; i < kListenersMax; ++i) {
    static_cast<void>(clients.emplace_back(server_->port()).ReadStart());
  }
  Client further(server_->port());
  EXPECT_THAT(
      further.ReceiveToTheEnd(),
      AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"),
            HasSubstr("Content-Type: application/problem+json\r\n"), HasSubstr("Retry-After: ")));
  Publish("0190");
  for (Client& client : clients) EXPECT_THAT(client.ReadEvent(), HasSubstr("0190"));
  // A place becomes free when the server has seen that a client is gone.
  clients.pop_front();
  std::string start;
  for (int i = 0; i < 6000 && !start.starts_with("HTTP/1.1 200"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    start = Client(server_->port()).ReadTo("\r\n\r\n");
  }
  EXPECT_THAT(start, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(LiveServerTest, AClientThatDoesNotReadIsDisconnectedAndCostsOthersNothing) {
  Start();
  Client slow(server_->port());
  slow.LimitReceiveBuffer();
  Client quick(server_->port());
  static_cast<void>(slow.ReadStart());
  static_cast<void>(quick.ReadStart());
  FloodWhile(quick);
  EXPECT_THAT(metrics_.Scrape(), Not(HasSubstr("matinee_live_dropped_total 0\n")));
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 2\n"));
  Advance(kStuckTimeMax);
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 1\n"));
  Publish("last");
  EXPECT_EQ(quick.ReadEvent(), EncodeHeartbeat());
  EXPECT_THAT(quick.ReadEvent(), HasSubstr("last"));
}

TEST_F(LiveServerTest, FourHundredNinetyNineClientsThatNeverReadCostTheLastOneNothing) {
  AllowManyDescriptors();
  Start();
  Client quick(server_->port());
  static_cast<void>(quick.ReadStart());
  std::deque<Client> silent;
  while (silent.size() < kListenersMax - 1) {
    silent.emplace_back(server_->port()).LimitReceiveBuffer();
    static_cast<void>(silent.back().ReadStart());
  }
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 500\n"));
  FloodWhile(quick, 60);
  EXPECT_THAT(metrics_.Scrape(), Not(HasSubstr("matinee_live_dropped_total 0\n")));
  Advance(kStuckTimeMax);
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 1\n"));
  Client next(server_->port());
  EXPECT_THAT(next.ReadStart(), StartsWith("HTTP/1.1 200 OK\r\n"));
  Publish("last");
  EXPECT_EQ(quick.ReadEvent(), EncodeHeartbeat());
  EXPECT_THAT(quick.ReadEvent(), HasSubstr("last"));
  EXPECT_THAT(next.ReadEvent(), HasSubstr("last"));
}

TEST_F(LiveServerTest, AClientThatReadsAgainReceivesOneResync) {
  Start();
  Client slow(server_->port());
  slow.LimitReceiveBuffer();
  Client quick(server_->port());
  static_cast<void>(slow.ReadStart());
  static_cast<void>(quick.ReadStart());
  FloodWhile(quick);
  Publish("last");
  const std::string read = slow.ReadTo("last\"}\n\n");
  EXPECT_THAT(read, HasSubstr("event: resync\n"));
}

TEST_F(LiveServerTest, AStreamEndsAtADrainAndNewConnectionsAreRefused) {
  Start();
  Client client(server_->port());
  static_cast<void>(client.ReadStart());
  Client unfinished(server_->port(), "X-More: ");
  server_->Drain();
  EXPECT_EQ(client.ReceiveToTheEnd(), "");
  EXPECT_FALSE(http::RawClient(server_->port()).connected());
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 0\n"));
}

TEST_F(LiveServerTest, StreamsEndWhileNoEventsArrive) {
  std::atomic<bool> connected{true};
  ServerOptions options;
  options.problem = [&] { return std::string(connected ? "" : "Redis does not answer"); };
  Start(std::move(options));
  Client client(server_->port());
  static_cast<void>(client.ReadStart());
  connected = false;
  server_->CheckDeadlines();
  EXPECT_EQ(client.ReceiveToTheEnd(), "");
  EXPECT_THAT(Client(server_->port()).ReceiveToTheEnd(),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Redis does not answer")));
  connected = true;
  server_->CheckDeadlines();
  EXPECT_THAT(Client(server_->port()).ReadStart(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(LiveServerTest, EventsAfterAStopAreIgnored) {
  Start();
  server_->Stop();
  Publish("late");
  server_->Stop();
}

TEST_F(LiveServerTest, AnAddressInUseIsAnErrorOfTheStart) {
  Start();
  ServerOptions same;
  same.port = server_->port();
  Server second(std::move(same), *coord_.events, clock_, metrics_);
  const Status started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr(std::to_string(server_->port())));
}

}  // namespace
}  // namespace matinee::live
