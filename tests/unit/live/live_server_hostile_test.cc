// Requests that are not what a browser sends.
#include "tests/unit/live/live_server_fixture.h"

namespace matinee::live {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LiveServerHostileTest : public LiveServerFixture {
 protected:
  std::string Ask(const std::string& request) {
    http::RawClient client(server_->port());
    client.Send(request);
    return client.ReceiveToTheEnd();
  }
};

TEST_F(LiveServerHostileTest, OtherAddressesAndMethodsAreProblems) {
  Start();
  EXPECT_THAT(Ask("GET /api/other HTTP/1.1\r\nHost: a\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"),
                    HasSubstr("Content-Type: application/problem+json\r\n"),
                    HasSubstr("\"code\":\"not_found\"")));
  EXPECT_THAT(
      Ask("POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
      AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST_F(LiveServerHostileTest, HeadHasNoBody) {
  Start();
  EXPECT_THAT(Ask("HEAD /api/events HTTP/1.1\r\nHost: a\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"),
                    EndsWith("\r\n\r\n")));
  EXPECT_THAT(Ask("HEAD /other HTTP/1.1\r\nHost: a\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_live_listeners 0\n"));
}

TEST_F(LiveServerHostileTest, MalformedHeadsAreAnswered) {
  Start();
  for (const char* request : {"\x16\x03\x01 TLS\r\n\r\n", "GET\r\n\r\n", "GET /api/events\r\n\r\n",
                              "GET /api/events HTTP/9.9\r\nHost: a\r\n\r\n",
                              "GET /api/events HTTP/1.1\r\n Host: a\r\n\r\n",
                              "GET /api/events HTTP/1.1\r\nHo st: a\r\n\r\n",
                              "GET /api/events HTTP/1.1\r\nContent-Length: x\r\nHost: a\r\n\r\n",
                              "GET /api/events HTTP/1.1\r\n\r\n"}) {
    EXPECT_THAT(Ask(request), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << request;
  }
}

TEST_F(LiveServerHostileTest, AHeadAboveTheLimitIsRefused) {
  Start();
  const std::string long_header = "X-Long: " + std::string(kHeadBytesMax, 'x') + "\r\n\r\n";
  EXPECT_THAT(Ask(std::string(kStreamRequest) + long_header), StartsWith("HTTP/1.1 431 "));
  const std::string slashes(20000, '/');
  EXPECT_THAT(Ask("GET /" + slashes + " HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(LiveServerHostileTest, AHostileLastEventIdIsUnknown) {
  Start();
  for (const std::string& id :
       {std::string(7000, '9'), std::string("\xFF\xFE"), std::string("0")}) {
    Client client(server_->port(), "Last-Event-ID: " + id + "\r\n");
    static_cast<void>(client.ReadStart());
    EXPECT_THAT(client.ReadEvent(), HasSubstr("event: resync\n"));
  }
}

TEST_F(LiveServerHostileTest, AHeadThatDoesNotEndIsGivenUp) {
  Start();
  http::RawClient client(server_->port());
  client.Send("GET /api/events HTTP/1.1\r\nX: ");
  // The server has accepted it before it answers a later connection.
  EXPECT_THAT(Ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  Advance(kHeadTimeMax);
  EXPECT_EQ(client.ReceiveToTheEnd(), "");
}

TEST_F(LiveServerHostileTest, AnUnendingBodyIsCutOff) {
  Start();
  const std::string answer =
      Ask("POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" +
          std::string(1 << 20, 'x'));
  EXPECT_THAT(answer, testing::Not(HasSubstr("TIMEOUT")));
}

TEST_F(LiveServerHostileTest, AListenerThatSendsMegabytesIsDisconnected) {
  Start();
  Client client(server_->port());
  static_cast<void>(client.ReadStart());
  client.Send(std::string(1 << 20, 'x'));
  EXPECT_EQ(client.ReceiveToTheEnd(), "");
}

TEST_F(LiveServerHostileTest, OtherHostsAreRefused) {
  ServerOptions options;
  options.hosts = http::HostPolicy({.allowed_hosts = {"nas.lan"}});
  Start(std::move(options));
  EXPECT_THAT(Ask("GET /api/events HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 421 "));
}

TEST_F(LiveServerHostileTest, AnEventOfAMegabyteBecomesAResync) {
  Start();
  Client client(server_->port());
  static_cast<void>(client.ReadStart());
  Publish(std::string(1 << 20, 'x'));
  EXPECT_THAT(client.ReadEvent(), HasSubstr("event: resync\n"));
}

}  // namespace
}  // namespace matinee::live
