#include "http/server.h"

#include <nlohmann/json.hpp>

#include "tests/unit/http/server_fixture.h"

namespace matinee::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class ServerTest : public ServerFixture {};

nlohmann::json BodyOf(const std::string& answer) {
  return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
}

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  StartServer();
  RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.Ask("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n\"hello\""));
    EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
  }
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  StartServer();
  for (const std::string request : {"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                    "GET /hello HTTP/1.0\r\n\r\n"}) {
    RawClient client(server_->port());
    client.Send(request);
    const std::string answer = client.ReceiveToTheEnd();
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(answer.ends_with("\"hello\"")) << answer;
  }
}

TEST_F(ServerTest, PassesParametersAndBodiesToRoutes) {
  StartServer();
  EXPECT_TRUE(Get("/slow/a%20b%2Fc").ends_with("\r\n\r\na b/c|/slow/a b/c"));
  EXPECT_TRUE(Get("/query?a=1&a=%C3%BC&b+c").ends_with("\r\n\r\na=1;a=ü;b c=;"));
  EXPECT_TRUE(Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; "
                  "charset=utf-8\r\nContent-Length: 4\r\n\r\ntrue")
                  .ends_with("\r\n\r\ntrue"));
}

TEST_F(ServerTest, AssemblesABodyFromPiecesAndChunks) {
  StartServer();
  RawClient client(server_->port());
  client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n");
  client.Send("Content-Length: 10\r\n\r\n12345");
  EXPECT_TRUE(client.IsQuiet());
  client.Send("67890");
  EXPECT_TRUE(client.Receive().ends_with("1234567890"));
  EXPECT_TRUE(client
                  .Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                  .ends_with("abcde"));
}

TEST_F(ServerTest, AnswersHeadWithHeadersAlone) {
  StartServer();
  RawClient client(server_->port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = client.Receive(true);
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_TRUE(client.IsQuiet());
  client.Send("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string missing = client.Receive(true);
  EXPECT_EQ(StatusOf(missing), 404);
  EXPECT_TRUE(client.IsQuiet());
}

TEST_F(ServerTest, AnswersOptionsAndWrongMethodsWithAllow) {
  StartServer();
  RawClient client(server_->port());
  const std::string options = client.Ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(StatusOf(options), 204);
  EXPECT_THAT(options, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(options, Not(HasSubstr("Access-Control")));
  const std::string wrong = client.Ask("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(StatusOf(wrong), 405);
  EXPECT_THAT(wrong, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_EQ(BodyOf(wrong)["code"], "method_not_allowed");
  EXPECT_EQ(BodyOf(wrong)["detail"], "Method DELETE is not allowed. Allowed: GET, HEAD, OPTIONS.");
  EXPECT_EQ(StatusOf(client.Ask("TRACE /hello HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
}

TEST_F(ServerTest, AnswersUnknownPathsWithProblemJson) {
  StartServer();
  const std::string answer = Get("/nothing/here");
  EXPECT_EQ(StatusOf(answer), 404);
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
  EXPECT_EQ(BodyOf(answer)["code"], "not_found");
}

TEST_F(ServerTest, RequiresJsonInEveryPost) {
  StartServer();
  for (const std::string type : {"", "Content-Type: text/plain\r\n", "Content-Type: \r\n",
                                 "Content-Type: application/x-www-form-urlencoded\r\n",
                                 "Content-Type: application/jsonp\r\n"}) {
    const std::string answer =
        Ask("POST /echo HTTP/1.1\r\nHost: a\r\n" + type + "Content-Length: 2\r\n\r\n{}");
    EXPECT_TRUE(StatusOf(answer) == 415 || StatusOf(answer) == 400) << type << answer;
  }
  const std::string none = Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(StatusOf(none), 415);
  EXPECT_EQ(BodyOf(none)["code"], "unsupported_media_type");
}

TEST_F(ServerTest, RefusesHostsThatAreNotAllowed) {
  ServerOptions options;
  options.hosts = HostPolicy({.allowed_hosts = {"matinee.home", "[::1]"}});
  StartServer(options);
  const auto ask = [this](const std::string& host) {
    return Ask("GET /hello HTTP/1.1\r\n" + host + "\r\n");
  };
  EXPECT_EQ(StatusOf(ask("Host: matinee.home\r\n")), 200);
  EXPECT_EQ(StatusOf(ask("Host: MATINEE.home:8787\r\n")), 200);
  EXPECT_EQ(StatusOf(ask("Host: evil.example\r\n")), 421);
  EXPECT_EQ(StatusOf(ask("Host: matinee.home.evil.example\r\n")), 421);
  const std::string none = ask("");
  EXPECT_EQ(StatusOf(none), 421);
  EXPECT_EQ(BodyOf(none)["code"], "misdirected");
  EXPECT_EQ(BodyOf(none)["detail"], HostRefusal("this name"));
  EXPECT_EQ(BodyOf(ask("Host: evil.example\r\n"))["detail"], HostRefusal("the name evil.example"));
}

TEST_F(ServerTest, KeepsTheRequestIdOrMakesOne) {
  StartServer();
  EXPECT_THAT(Get("/hello", "X-Request-Id: abc-123\r\n"), HasSubstr("X-Request-Id: abc-123\r\n"));
  const std::string made = Get("/hello", "X-Request-Id: <script>\r\n");
  EXPECT_THAT(made, HasSubstr("X-Request-Id: "));
  EXPECT_THAT(made, Not(HasSubstr("script")));
}

TEST_F(ServerTest, AcceptsALateAnswerFromAnyThread) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Responder respond = later_.Take();
  EXPECT_TRUE(client.IsQuiet());
  EXPECT_EQ(StatusOf(Get("/hello")), 200) << "others are not blocked";
  std::thread([&respond] { respond(Response::Json(200, "late")); }).join();
  EXPECT_TRUE(client.Receive().ends_with("late"));
  respond(Response::Json(200, "twice"));
  EXPECT_TRUE(client.IsQuiet()) << "only the first answer counts";
}

TEST_F(ServerTest, Answers500ForAHandlerThatDoesNot) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  later_.Take() = nullptr;
  const std::string answer = client.Receive();
  EXPECT_EQ(StatusOf(answer), 500);
  EXPECT_EQ(BodyOf(answer)["code"], "internal");
}

TEST_F(ServerTest, Answers500ForExceptionsOfHandlers) {
  std::vector<Route> routes;
  for (const bool is_inline : {false, true}) {
    const std::string suffix = is_inline ? "/inline" : "/executor";
    routes.push_back(Sync(
        Method::kGet, "/exception" + suffix, Access::kPublic,
        [](const Request&) -> Response { throw std::runtime_error("hidden detail"); }, is_inline));
    routes.push_back(Sync(
        Method::kGet, "/int" + suffix, Access::kPublic,
        [](const Request&) -> Response { throw 42; }, is_inline));
  }
  StartServer({}, std::move(routes));
  for (const std::string path :
       {"/exception/executor", "/exception/inline", "/int/executor", "/int/inline"}) {
    const std::string answer = Get(path);
    EXPECT_EQ(StatusOf(answer), 500) << path;
    EXPECT_EQ(BodyOf(answer)["code"], "internal");
    EXPECT_THAT(answer, Not(HasSubstr("hidden")));
  }
}

TEST_F(ServerTest, RefusesResponseSplitting) {
  std::vector<Route> routes = {Sync(Method::kGet, "/title", Access::kPublic, [](const Request&) {
    Response response;
    response.headers = {{"X-Title", "a\r\nSet-Cookie: evil"}};
    return response;
  })};
  StartServer({}, std::move(routes));
  const std::string answer = Get("/title");
  EXPECT_EQ(StatusOf(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

TEST_F(ServerTest, SendsTheHeadersOfRoutes) {
  std::vector<Route> routes = {Sync(Method::kGet, "/file", Access::kPublic, [](const Request&) {
    Response response;
    response.content_type = "video/mp4";
    response.headers = {{"X-Accel-Redirect", "/_captures/a.mp4"},
                        {"Link", "</api?x=1>; rel=\"next\""}};
    return response;
  })};
  StartServer({}, std::move(routes));
  const std::string answer = Get("/file");
  EXPECT_THAT(answer, HasSubstr("X-Accel-Redirect: /_captures/a.mp4\r\n"));
  EXPECT_THAT(answer, HasSubstr("Link: </api?x=1>; rel=\"next\"\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: video/mp4\r\n"));
}

TEST_F(ServerTest, Answers503WhenItsQueueIsFull) {
  std::promise<void> go;
  std::promise<void> running;
  std::vector<Route> routes = {Sync(Method::kGet, "/block", Access::kPublic,
                                    [&running, gate = go.get_future().share()](const Request&) {
                                      running.set_value();
                                      gate.wait();
                                      return Response::Json(200, "{}");
                                    })};
  ServerOptions options;
  options.executor_threads = 1;
  options.executor_queue_max = 1;
  StartServer(options, std::move(routes));
  RawClient first(server_->port());
  first.Send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(running.get_future().wait_for(seconds(60)), std::future_status::ready);
  RawClient second(server_->port());
  second.Send("GET /slow/x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(second.IsQuiet()) << "it waits in the queue";
  const std::string third = Get("/slow/y");
  EXPECT_EQ(StatusOf(third), 503);
  EXPECT_THAT(third, HasSubstr("Retry-After: "));
  EXPECT_EQ(BodyOf(third)["code"], "unavailable");
  EXPECT_EQ(StatusOf(Get("/hello")), 200) << "inline routes do not need the executor";
  const std::string scrape = metrics_.Scrape();
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_queue_length{executor=\"api\"} 1"));
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_rejected_total{executor=\"api\"} 1"));
  go.set_value();
  EXPECT_EQ(StatusOf(first.Receive()), 200);
  EXPECT_EQ(StatusOf(second.Receive()), 200);
}

TEST_F(ServerTest, MeasuresRequestsByRouteTemplate) {
  StartServer();
  Get("/slow/one");
  Get("/slow/two");
  Get("/nothing/x");
  ASSERT_TRUE(server_->Drain(seconds(5)));
  const std::string text = metrics_.Scrape();
  EXPECT_THAT(text, HasSubstr("http_server_request_duration_seconds_count{http_request_method="
                              "\"GET\",http_response_status_code=\"200\",http_route=\"/slow/"
                              "{name}\"} 2"));
  EXPECT_THAT(text, HasSubstr("http_route=\"unmatched\"} 1"));
  EXPECT_THAT(text, HasSubstr("http_server_active_requests{http_request_method=\"GET\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("/slow/one")));
  EXPECT_THAT(text, Not(HasSubstr("error_type"))) << "a wrong address is the client's error";
}

TEST_F(ServerTest, Counts500AsAnError) {
  StartServer({}, {Sync(Method::kGet, "/broken", Access::kPublic, [](const Request&) -> Response {
                throw std::runtime_error("on purpose");
              })});
  EXPECT_EQ(StatusOf(Get("/broken")), 500);
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("{error_type=\"500\",http_request_method=\"GET\","
                                           "http_response_status_code=\"500\",http_route="
                                           "\"/broken\"} 1"));
}

TEST_F(ServerTest, CountsUnknownMethodsAsOther) {
  StartServer();
  EXPECT_EQ(StatusOf(Ask("TRACE /hello HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
  const std::string text = metrics_.Scrape();
  EXPECT_THAT(text, HasSubstr("http_request_method=\"_OTHER\",http_response_status_code=\"405\""));
  EXPECT_THAT(text, Not(HasSubstr("TRACE")));
}

TEST_F(ServerTest, CountsRequestsInFlight) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond = later_.Take();
  EXPECT_THAT(metrics_.Scrape(),
              HasSubstr("http_server_active_requests{http_request_method=\"GET\"} 1"));
  respond(Response::Json(200, "1"));
  EXPECT_EQ(StatusOf(client.Receive()), 200);
  ASSERT_TRUE(server_->Drain(seconds(5)));
  EXPECT_THAT(metrics_.Scrape(),
              HasSubstr("http_server_active_requests{http_request_method=\"GET\"} 0"));
}

TEST_F(ServerTest, DrainsRequestsInFlight) {
  StartServer();
  EXPECT_TRUE(server_->Drain(milliseconds(0)));
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Responder respond = later_.Take();
  EXPECT_FALSE(server_->Drain(milliseconds(50)));
  std::thread later([&respond] { respond(Response::Json(200, "late")); });
  EXPECT_TRUE(server_->Drain(seconds(5)));
  later.join();
}

TEST_F(ServerTest, StopsWithOpenConnectionsAndPendingAnswers) {
  StartServer();
  RawClient idle(server_->port());
  idle.Ask("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  RawClient pending(server_->port());
  pending.Send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond = later_.Take();
  const auto start = std::chrono::steady_clock::now();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(20));
  EXPECT_EQ(idle.ReceiveToTheEnd(), "");
  EXPECT_EQ(pending.ReceiveToTheEnd(), "");
  respond(Response::Json(200, "too late"));
  server_.reset();
  respond(Response::Json(200, "far too late"));
}

TEST_F(ServerTest, FailsIfThePortIsInUse) {
  StartServer();
  ServerOptions options;
  options.port = server_->port();
  Server second(options, {}, nullptr);
  const auto started = second.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr(std::to_string(options.port)));
}

TEST_F(ServerTest, ListensOnIpv6) {
  ServerOptions options;
  options.address = "::1";
  Server server(options, {}, nullptr);
  const auto started = server.Start();
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_NE(server.port(), 0);
}

}  // namespace
}  // namespace matinee::http
