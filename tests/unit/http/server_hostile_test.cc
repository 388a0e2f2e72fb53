// Clients that violate HTTP, stall or disconnect.
#include <filesystem>

#include "tests/unit/http/server_fixture.h"

namespace matinee::http {
namespace {

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
  std::atomic<bool> go{true};
  std::vector<std::thread> disconnecting;
  for (int i = 0; i < 4; ++i) {
    disconnecting.emplace_back([&] {
      while (go) {
        RawClient client(server_->port());
        client.Send("GET /slow/gone HTTP/1.1\r\nHost: a\r\n\r\n");
      }
    });
  }
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "n" + std::to_string(i);
    const std::string answer = Get("/slow/" + name);
    if (!answer.ends_with(name + "|/slow/" + name)) ++wrong;
  }
  go = false;
  for (auto& thread : disconnecting) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(HostileClientTest, StalledReadersDoNotBlockOthers) {
  std::vector<Route> routes = {Sync(Method::kGet, "/big", [](const Request&) {
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
  std::vector<Route> routes = {Sync(Method::kGet, "/big", [](const Request&) {
    return Response::Json(200, std::string(12 * 1024 * 1024, 'x') + "end");
  })};
  StartServer({}, std::move(routes));
  const std::string answer = Get("/big");
  EXPECT_GT(answer.size(), 12U * 1024 * 1024);
  EXPECT_TRUE(answer.ends_with("xend"));
}

}  // namespace
}  // namespace matinee::http
