// Spans of the server's requests and of the client's calls.
#include "telemetry/trace.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "http/client.h"
#include "http/otlp_http_transport.h"
#include "tests/unit/http/server_fixture.h"
#include "tests/unit/telemetry/fake_transport.h"

namespace matinee::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kParent = std::string("00-") + kTrace + "-00f067aa0ba902b7-01";
const std::string kSecret = "t0ken-s3cret";

class HttpTraceTest : public ServerFixture {
 protected:
  HttpTraceTest() {
    settings_.endpoint = "http://collector/v1/traces";
    settings_.protocol = OtlpProtocol::kJson;
    EXPECT_TRUE(ConfigureTracing(settings_, transport_, nullptr));
  }
  ~HttpTraceTest() override { ShutdownTracing(milliseconds(0)); }

  // Returns all spans that the collector received, as one array.
  nlohmann::json Spans() {
    if (server_ != nullptr) server_->Stop();
    ShutdownTracing(milliseconds(2000));
    nlohmann::json spans = nlohmann::json::array();
    for (const auto& post : transport_.posts()) {
      const auto body = nlohmann::json::parse(post.body);
      for (const auto& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
        spans.push_back(span);
      }
    }
    return spans;
  }
  static nlohmann::json Attribute(const nlohmann::json& span, const std::string& key) {
    for (const auto& attribute : span["attributes"]) {
      if (attribute["key"] == key) return attribute["value"].begin().value();
    }
    return nullptr;
  }

  TraceSettings settings_;
  FakeTransport transport_;
};

TEST_F(HttpTraceTest, ARequestIsASpanInItsCallersTrace) {
  StartServer();
  Get("/slow/" + kSecret + "?token=" + kSecret,
      "traceparent: " + kParent + "\r\ntracestate: a=1\r\nAuthorization: " + kSecret + "\r\n");
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 1U);
  const auto& span = spans[0];
  EXPECT_EQ(span["name"], "GET /slow/{name}");
  EXPECT_EQ(span["kind"], 2);
  EXPECT_EQ(span["traceId"], kTrace);
  EXPECT_EQ(span["parentSpanId"], "00f067aa0ba902b7");
  EXPECT_EQ(span["traceState"], "a=1");
  EXPECT_EQ(Attribute(span, "http.request.method"), "GET");
  EXPECT_EQ(Attribute(span, "http.route"), "/slow/{name}");
  EXPECT_EQ(Attribute(span, "http.response.status_code"), "200");
  EXPECT_FALSE(span.contains("status"));
  EXPECT_THAT(span.dump(), Not(HasSubstr(kSecret)));
}

TEST_F(HttpTraceTest, ASpanWithoutARouteIsNamedByItsMethod) {
  StartServer();
  Get("/nothing/here");
  Ask("TRACE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0]["name"], "GET");
  EXPECT_EQ(Attribute(spans[0], "http.route"), nullptr);
  EXPECT_EQ(Attribute(spans[0], "http.response.status_code"), "404");
  EXPECT_FALSE(spans[0].contains("status")) << "4xx is not an error of the server";
  EXPECT_EQ(spans[1]["name"], "HTTP /hello");
  EXPECT_EQ(Attribute(spans[1], "http.request.method"), "_OTHER");
}

TEST_F(HttpTraceTest, A500SetsTheSpansErrorStatus) {
  StartServer({}, {Sync(Method::kGet, "/broken", Access::kPublic,
                        [](const Request&) -> Response { throw 1; })});
  testing::internal::CaptureStderr();
  Get("/broken");
  testing::internal::GetCapturedStderr();
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0]["status"]["code"], 2);
  EXPECT_EQ(Attribute(spans[0], "error.type"), "500");
}

TEST_F(HttpTraceTest, AHandlerRunsInsideTheSpan) {
  std::string in_handler;
  StartServer({}, {Sync(Method::kGet, "/inside", Access::kPublic, [&](const Request&) {
                in_handler = CurrentTraceContext().traceparent;
                return Response::Json(200, "1");
              })});
  Get("/inside", "traceparent: " + kParent + "\r\n");
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(in_handler,
            "00-" + std::string(kTrace) + "-" + spans[0]["spanId"].get<std::string>() + "-01");
}

TEST_F(HttpTraceTest, AMalformedTraceparentStartsANewTrace) {
  StartServer();
  for (const char* bad :
       {"00-0-0-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "\x01\x02"}) {
    Get("/hello", std::string("traceparent: ") + bad + "\r\n");
  }
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 3U);
  for (const auto& span : spans) {
    EXPECT_NE(span["traceId"], kTrace);
    EXPECT_FALSE(span.contains("parentSpanId"));
  }
}

TEST_F(HttpTraceTest, AnUntracedServerMakesNoSpansAndNoLogLines) {
  ServerOptions options;
  for (const bool traced : {true, false}) {
    options.traced = traced;
    StartServer(options, {Sync(Method::kGet, "/no", Access::kPublic,
                               [](const Request&) { return Response::Json(503, "1"); })});
    testing::internal::CaptureStderr();
    Get("/no", "traceparent: " + kParent + "\r\n");
    server_->Stop();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(log.find("/no") != std::string::npos, traced) << log;
  }
  EXPECT_EQ(Spans().size(), 1U);
}

TEST_F(HttpTraceTest, ACallIsASpanAndPropagatesTheTrace) {
  std::string asked;
  RawServer server([&asked](int fd) {
    asked = RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  {
    const auto client = MakeCurlClient();
    const TraceContext parent{kParent, "a=1"};
    SpanOptions options;
    options.parent = &parent;
    const Span outer("outer", options);
    const ActiveSpan active(outer);
    ClientRequest request;
    request.url = server.url() + "/path/" + kSecret + "?X-Plex-Token=" + kSecret;
    request.secret_headers = {{"X-Plex-Token", Secret(kSecret)}};
    EXPECT_TRUE(client->Send(request));
  }
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 2U);
  const auto& span = spans[0];
  EXPECT_EQ(span["name"], "GET");
  EXPECT_EQ(span["kind"], 3);
  EXPECT_EQ(span["parentSpanId"], spans[1]["spanId"]);
  EXPECT_EQ(Attribute(span, "server.address"), "127.0.0.1");
  EXPECT_EQ("http://127.0.0.1:" + Attribute(span, "server.port").get<std::string>(), server.url());
  EXPECT_EQ(Attribute(span, "http.response.status_code"), "200");
  EXPECT_THAT(span.dump(), Not(HasSubstr(kSecret)));
  EXPECT_THAT(asked, HasSubstr("traceparent: 00-" + std::string(kTrace) + "-" +
                               span["spanId"].get<std::string>() + "-01\r\n"));
  EXPECT_THAT(asked, HasSubstr("tracestate: a=1\r\n"));
}

TEST_F(HttpTraceTest, AFailedCallSetsTheSpansErrorStatus) {
  {
    const auto client = MakeCurlClient();
    const Span outer("outer");
    const ActiveSpan active(outer);
    ClientRequest request;
    request.url = "http://127.0.0.1:1/";
    EXPECT_FALSE(client->Send(request));
  }
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(Attribute(spans[0], "error.type"), "unavailable");
  EXPECT_EQ(spans[0]["status"]["code"], 2);
}

TEST_F(HttpTraceTest, ACallOutsideATraceIsNotASpan) {
  std::string asked;
  RawServer server([&asked](int fd) {
    asked = RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  {
    const auto client = MakeCurlClient();
    ClientRequest request;
    request.url = server.url() + "/";
    EXPECT_TRUE(client->Send(request));
  }
  EXPECT_EQ(Spans().size(), 0U);
  EXPECT_THAT(asked, Not(HasSubstr("traceparent")));
}

TEST(HttpTraceOffTest, TheIncomingContextIsStillPropagated) {
  std::string asked;
  RawServer server([&asked](int fd) {
    asked = RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  {
    const auto client = MakeCurlClient();
    const TraceContext parent{kParent, ""};
    SpanOptions options;
    options.parent = &parent;
    const Span incoming("incoming", options);
    const ActiveSpan active(incoming);
    ClientRequest request;
    request.url = server.url() + "/";
    EXPECT_TRUE(client->Send(request));
  }
  EXPECT_THAT(asked, HasSubstr("traceparent: " + kParent + "\r\n"));
  EXPECT_THAT(asked, Not(HasSubstr("tracestate")));
}

struct Posting {
  std::atomic<bool> cancel{false};
  std::vector<std::pair<std::string, Secret>> headers{{"Authorization", Secret(kSecret)}};

  Result<TraceAnswer> To(const std::string& url, milliseconds timeout) {
    TracePost post;
    post.url = url;
    post.content_type = "application/json";
    post.headers = &headers;
    post.body = "{}";
    post.timeout = timeout;
    post.cancel = &cancel;
    return MakeTraceTransport()->Post(post);
  }
};

TEST(OtlpHttpTransportTest, PostsWithHeadersAndReturnsTheAnswer) {
  std::string asked;
  Posting posting;
  Result<TraceAnswer> answer;
  {
    RawServer server([&asked](int fd) {
      asked = RawServer::ReadRequest(fd, 2);
      RawServer::Write(fd, "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
    });
    answer = posting.To(server.url() + "/v1/traces", milliseconds(5000));
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->retry_after, "7");
  EXPECT_TRUE(asked.starts_with("POST /v1/traces HTTP/1.1\r\n")) << asked;
  EXPECT_THAT(asked, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(asked, HasSubstr("Authorization: " + kSecret + "\r\n"));
  EXPECT_TRUE(asked.ends_with("\r\n\r\n{}"));
}

TEST(OtlpHttpTransportTest, CancelEndsAPostThatHangs) {
  Posting posting;
  std::atomic<bool> over{false};
  RawServer server([&](int fd) {
    RawServer::ReadRequest(fd, 2);
    posting.cancel = true;
    while (!over) std::this_thread::sleep_for(milliseconds(5));
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = posting.To(server.url() + "/", std::chrono::seconds(30));
  over = true;
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace matinee::http
