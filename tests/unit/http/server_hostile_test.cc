// Clients that violate HTTP, stall or disconnect.
#include <filesystem>

#include "tests/unit/http/server_fixture.h"

namespace matinee::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class HostileClientTest : public ServerFixture {
 protected:
  void ExpectServing() { EXPECT_EQ(StatusOf(Get("/hello")), 200); }
};

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST_F(HostileClientTest, AnswersLongPathsWith414) {
  StartServer();
  for (const size_t slashes : {5000U, 15000U, 20000U, 60000U, 200000U}) {
    RawClient client(server_->port());
    client.Send("GET " + std::string(slashes, '/') + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.Receive();
    EXPECT_EQ(StatusOf(answer), 414) << slashes;
    EXPECT_THAT(answer, HasSubstr("\"code\":\"uri_too_long\""));
  }
  EXPECT_EQ(StatusOf(Get(std::string(4000, '/'))), 404);
  ExpectServing();
}

TEST_F(HostileClientTest, AnswersLargeRequestsWithOne413) {
  StartServer();
  RawClient body(server_->port());
  body.Send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Content-Length: 1000000\r\n\r\n" +
      std::string(1000000, 'x'));
  const std::string answer = body.ReceiveToTheEnd();
  EXPECT_EQ(StatusOf(answer), 413);
  EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << "one answer only";
  RawClient headers(server_->port());
  std::string request = "GET /hello HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 20000; ++i) request += "X-" + std::to_string(i) + ": y\r\n";
  headers.Send(request + "\r\n");
  EXPECT_EQ(StatusOf(headers.Receive()), 413);
  ExpectServing();
}

TEST_F(HostileClientTest, AnswersMalformedRequestsWith400) {
  StartServer();
  for (const std::string request :
       {"NONSENSE\r\n\r\n", "GET /hello\r\n\r\n", "FOO /hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n", "GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \r\n"}) {
    const std::string answer = Ask(request);
    EXPECT_EQ(StatusOf(answer), 400) << request << answer;
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    EXPECT_THAT(answer, Not(HasSubstr("std::")));
  }
  ExpectServing();
}

TEST_F(HostileClientTest, NeverAnswers500ForMalformedHeaders) {
  StartServer();
  for (const std::string header :
       {"Accept: garbage", "Accept:", "Cache-Control: stale-if-error=60", "Cookie: a",
        "Cookie: a=b; c", "Date: nonsense", "Host: x:99999", "Content-Type: x",
        "Authorization: \xff", "Connection: \x02", "X-Nothing"}) {
    const int status = StatusOf(Get("/hello", header + "\r\nX-Colon: y\r\n"));
    EXPECT_TRUE(status == 200 || status == 400) << header << " answers " << status;
  }
  ExpectServing();
}

TEST_F(HostileClientTest, PassesAnyCookieAndAuthorizationToTheRoute) {
  StartServer({}, {Sync(Method::kGet, "/headers", Access::kPublic, [](const Request& request) {
                return Response::Json(200, request.Header("cookie").value_or("none") + "|" +
                                               request.Header("authorization").value_or("none"));
              })});
  const std::map<std::string, std::string> expected = {
      {"", "none|none"},
      {"Cookie: a\r\n", "a|none"},
      {"Cookie: a=b; c\r\nCookie: d=e\r\n", "a=b; c; d=e|none"},
      {"cookie: =;;=\xff\"\r\nAuthorization: Bearer x\r\n", "=;;=\xff\"|Bearer x"},
      {"Authorization: garbage\r\n", "none|garbage"},
      {"Authorization: Basic %%\r\n", "none|Basic %%"},
  };
  for (const auto& [headers, answer] : expected) {
    EXPECT_TRUE(Get("/headers", headers).ends_with("\r\n\r\n" + answer)) << headers;
  }
  RawClient client(server_->port());
  client.Ask("GET /headers HTTP/1.1\r\nHost: a\r\nCookie: first\r\n\r\n");
  EXPECT_TRUE(client.Ask("GET /headers HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("none|none"))
      << "the next request of the connection has no cookie";
}

TEST_F(HostileClientTest, UsesTheFirstOfTwoEqualHeaders) {
  StartServer();
  const std::string answer = Get("/hello", "X-Request-Id: first\r\nx-request-id: second\r\n");
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: first\r\n"));
}

TEST_F(HostileClientTest, ClosesAConnectionThatPipelines) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond = later_.Take();
  client.Send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReceiveToTheEnd(), "");
  respond(Response::Json(200, "late"));
  ExpectServing();
}

TEST_F(HostileClientTest, ManyIdleConnectionsDoNotKeepOthersOut) {
  ServerOptions options;
  options.network_threads = 1;
  options.connections_max = 16;
  StartServer(options);
  const size_t before = OpenDescriptors();
  RawClient busy(server_->port());
  busy.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond = later_.Take();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<RawClient>(server_->port()));
    if (i % 2 == 0) idle.back()->Send("GET /hello HT");  // A head that never ends.
    if (i % 50 == 0) ExpectServing();
  }
  ExpectServing();
  for (size_t i = 0; i < 150; ++i) EXPECT_EQ(idle[i]->ReceiveToTheEnd(), "") << i << " is closed";
  // Here both ends are in one process.
  EXPECT_LE(OpenDescriptors(), before + 2 + 200 + 16 + 8);
  respond(Response::Json(200, "later"));
  EXPECT_TRUE(busy.Receive().ends_with("\r\n\r\nlater")) << "a request in flight is not cut off";
}

TEST_F(HostileClientTest, AConnectionIsRefusedWhileAllOthersAreAtWork) {
  ServerOptions options;
  options.connections_max = 2;
  options.network_threads = 1;
  StartServer(options);
  RawClient first(server_->port());
  first.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond_first = later_.Take();
  RawClient second(server_->port());
  second.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond_second = later_.Take();
  EXPECT_EQ(RawClient(server_->port()).ReceiveToTheEnd(), "");
  respond_first(Response::Json(200, "1"));
  respond_second(Response::Json(200, "2"));
  EXPECT_EQ(StatusOf(first.Receive()), 200);
  EXPECT_EQ(StatusOf(second.Receive()), 200);
  ExpectServing();
}

TEST_F(HostileClientTest, SurvivesDisconnectsBeforeTheAnswer) {
  StartServer();
  const size_t before = OpenDescriptors();
  for (int i = 0; i < 200; ++i) {
    RawClient client(server_->port());
    client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    const Responder respond = later_.Take();
    if (i % 2 == 0) client.Close();
    std::thread([&respond] { respond(Response::Json(200, std::string(100000, 'x'))); }).join();
  }
  ExpectServing();
  ASSERT_TRUE(server_->Drain(std::chrono::seconds(5)));
  for (int i = 0; i < 200 && OpenDescriptors() > before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_LE(OpenDescriptors(), before) << "descriptors leak";
}

// A new client may get the descriptor of a disconnected one, but never its answer.
TEST_F(HostileClientTest, NeverSendsAnAnswerToAnotherClient) {
  StartServer();
  const std::string request = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int i = 0; i < 300; ++i) {
    RawClient gone(server_->port());
    gone.Send(request);
    const Responder respond_gone = later_.Take();
    gone.Close();
    if (i % 2 == 0) ExpectServing();  // The server has most probably closed the descriptor.
    // The late answer is sent while the next client connects, or while it waits.
    std::thread late([&] { respond_gone(Response::Json(200, "of another")); });
    RawClient next(server_->port());
    next.Send(request);
    const Responder respond_next = later_.Take();
    late.join();
    respond_next(Response::Json(200, "its own"));
    ASSERT_THAT(next.Receive(), AllOf(EndsWith("its own"), Not(HasSubstr("of another")))) << i;
  }
}

TEST_F(HostileClientTest, StalledReadersDoNotBlockOthers) {
  std::vector<Route> routes = {Sync(Method::kGet, "/big", Access::kPublic, [](const Request&) {
    return Response::Json(200, std::string(12 * 1024 * 1024, 'x'));
  })};
  ServerOptions options;
  options.network_threads = 1;
  StartServer(options, std::move(routes));
  std::vector<std::unique_ptr<RawClient>> stalled;
  for (int i = 0; i < 2; ++i) {
    stalled.push_back(std::make_unique<RawClient>(server_->port()));
    stalled.back()->Send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  ExpectServing();
  ExpectServing();
}

TEST_F(HostileClientTest, SendsALargeAnswerWhole) {
  std::vector<Route> routes = {Sync(Method::kGet, "/big", Access::kPublic, [](const Request&) {
    return Response::Json(200, std::string(12 * 1024 * 1024, 'x') + "end");
  })};
  StartServer({}, std::move(routes));
  const std::string answer = Get("/big");
  EXPECT_GT(answer.size(), 12U * 1024 * 1024);
  EXPECT_TRUE(answer.ends_with("xend"));
}

}  // namespace
}  // namespace matinee::http
