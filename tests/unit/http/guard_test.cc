#include "http/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/http/server_fixture.h"
#include "tests/unit/manual_clock.h"

namespace matinee::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

int StatusOf(const std::optional<Response>& response) {
  return response ? response->status : 0;
}

std::string HeaderOf(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

Route RouteOf(Method method, Access access = Access::kPublic) {
  return Sync(method, "/a", access, [](const Request&) { return Response{}; });
}

Request RequestWith(Method method, std::map<std::string, std::string> headers) {
  Request request;
  request.method = method;
  request.headers = std::move(headers);
  return request;
}

TEST(HostGuardTest, RefusesWhatThePolicyDoesNotAllow) {
  HostGuard guard(HostPolicy({.allowed_hosts = {"matinee.home", "[::1]"}}));
  for (const std::string host : {"matinee.home", "MATINEE.home:8787", "[::1]:80", "[::1]"}) {
    EXPECT_EQ(StatusOf(guard.Check(RequestWith(Method::kGet, {{"host", host}}), nullptr)), 0);
  }
  for (const std::string host : {"", "evil.example", "matinee.home.evil", "[::2]"}) {
    EXPECT_EQ(StatusOf(guard.Check(RequestWith(Method::kGet, {{"host", host}}), nullptr)), 421);
  }
  EXPECT_EQ(StatusOf(guard.Check(Request{}, nullptr)), 421) << "without the header";
  EXPECT_EQ(StatusOf(HostGuard(HostPolicy::AllowAll()).Check(Request{}, nullptr)), 0);
}

TEST(HostGuardTest, NamesTheSettingAndTheHostEscaped) {
  HostGuard guard{HostPolicy()};
  const auto detail = [&guard](const std::string& host) {
    return guard.Check(RequestWith(Method::kGet, {{"host", host}}), nullptr)->body;
  };
  EXPECT_THAT(detail("evil.example"), HasSubstr("the name evil.example."));
  EXPECT_THAT(detail("evil.example"), HasSubstr("ALLOWED_HOSTS"));
  EXPECT_THAT(detail("evil.example"), HasSubstr("PUBLIC_URL"));
  EXPECT_THAT(detail("<script>.example"), HasSubstr("answer to this name."));
}

TEST(ContentTypeGuardTest, WantsJsonWhereARouteReadsABody) {
  ContentTypeGuard guard;
  const Route route = RouteOf(Method::kPost);
  const auto post = [&](const std::string& type, const Route* to) {
    return StatusOf(guard.Check(RequestWith(Method::kPost, {{"content-type", type}}), to));
  };
  EXPECT_EQ(post("application/json", &route), 0);
  EXPECT_EQ(post("Application/JSON; charset=utf-8", &route), 0);
  EXPECT_EQ(post("text/plain", &route), 415);
  EXPECT_EQ(post("", &route), 415);
  EXPECT_EQ(post("text/plain", nullptr), 0) << "it gets 404 or 405";
  EXPECT_EQ(StatusOf(guard.Check(RequestWith(Method::kDelete, {}), &route)), 0);
}

TEST(ContentTypeGuardTest, LetsNoBodyPassWithoutATypeWhereItIsOptional) {
  ContentTypeGuard guard;
  Route route = RouteOf(Method::kPost);
  Request bare = RequestWith(Method::kPost, {});
  EXPECT_EQ(StatusOf(guard.Check(bare, &route)), 415);
  route.body_optional = true;
  EXPECT_EQ(StatusOf(guard.Check(bare, &route)), 0);
  const std::map<std::string, std::string> form = {
      {"content-type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(StatusOf(guard.Check(RequestWith(Method::kPost, form), &route)), 415);
  bare.body = "{}";
  EXPECT_EQ(StatusOf(guard.Check(bare, &route)), 415);
}

TEST(BodyLimitGuardTest, RefusesABodyThatIsLongerThanTheRouteAllows) {
  BodyLimitGuard guard;
  Route route = RouteOf(Method::kPost);
  route.body_bytes_max = 10;
  Request request;
  request.body = std::string(10, 'x');
  EXPECT_EQ(StatusOf(guard.Check(request, &route)), 0);
  request.body += 'x';
  const auto refused = guard.Check(request, &route);
  ASSERT_EQ(StatusOf(refused), 413);
  EXPECT_THAT(refused->body, HasSubstr("at most 10 bytes"));
}

TEST(OriginGuardTest, RefusesChangesByPagesOfOtherSites) {
  OriginGuard guard;
  const auto check = [&guard](const std::string& host, const std::string& origin) {
    return StatusOf(
        guard.Check(RequestWith(Method::kPost, {{"host", host}, {"origin", origin}}), nullptr));
  };
  EXPECT_EQ(check("nas:8787", "http://nas:8787"), 0);
  EXPECT_EQ(check("NAS:8787", "HTTP://nas:8787"), 0);
  EXPECT_EQ(check("nas", "http://nas"), 0);
  EXPECT_EQ(check("nas:80", "http://nas"), 0);
  EXPECT_EQ(check("nas", "https://nas"), 0) << "a proxy in front ended TLS";
  EXPECT_EQ(check("nas:443", "https://nas"), 0);
  EXPECT_EQ(check("[::1]:8787", "http://[::1]:8787"), 0);
  EXPECT_EQ(check("[::1]", "http://[::1]:80"), 0);
  for (const std::string origin :
       {"http://evil.example", "http://nas", "http://nas:8788", "http://nas:8787.evil.example",
        "https://nas", "null", "", "nas:8787", "http://", "://nas:8787"}) {
    EXPECT_EQ(check("nas:8787", origin), 403) << origin;
  }
  EXPECT_EQ(check("", "http://nas"), 403);
}

TEST(OriginGuardTest, AsksTheBrowserIfThereIsNoOrigin) {
  OriginGuard guard;
  const auto check = [&guard](Method method, const std::string& site) {
    return StatusOf(guard.Check(RequestWith(method, {{"sec-fetch-site", site}}), nullptr));
  };
  EXPECT_EQ(check(Method::kDelete, "cross-site"), 403);
  EXPECT_EQ(check(Method::kDelete, "same-origin"), 0);
  EXPECT_EQ(check(Method::kDelete, "none"), 0);
  EXPECT_EQ(check(Method::kGet, "cross-site"), 0) << "a link from another page";
  EXPECT_EQ(StatusOf(guard.Check(RequestWith(Method::kPost, {}), nullptr)), 0) << "curl, apps";
}

class RateLimitGuardTest : public ::testing::Test {
 protected:
  std::optional<Response> Ask(const std::string& client) {
    Request request;
    request.client = client;
    return guard_.Check(request, nullptr);
  }

  ManualClock clock_{WallTime{}};
  RateLimitGuard guard_{{.per_second = 0.5, .burst = 3}, clock_};
};

TEST_F(RateLimitGuardTest, AllowsABurstThenTheRate) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusOf(Ask("a")), 0);
  EXPECT_EQ(StatusOf(Ask("a")), 429);
  clock_.Advance(milliseconds(1999));
  EXPECT_EQ(StatusOf(Ask("a")), 429);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(StatusOf(Ask("a")), 0);
  EXPECT_EQ(StatusOf(Ask("a")), 429);
  clock_.Advance(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusOf(Ask("a")), 0) << "a bucket is never over-full";
  EXPECT_EQ(StatusOf(Ask("a")), 429);
}

TEST_F(RateLimitGuardTest, SaysWhenToRetry) {
  for (int i = 0; i < 3; ++i) Ask("a");
  const auto refused = Ask("a");
  ASSERT_EQ(StatusOf(refused), 429);
  EXPECT_EQ(HeaderOf(*refused, "Retry-After"), "2");
  EXPECT_EQ(refused->content_type, "application/problem+json");
  EXPECT_THAT(refused->body, HasSubstr("\"code\":\"too_many_requests\""));
  clock_.Advance(milliseconds(1500));
  EXPECT_EQ(HeaderOf(*Ask("a"), "Retry-After"), "1") << "whole seconds, rounded up";
}

TEST_F(RateLimitGuardTest, CountsEachAddressSeparately) {
  for (int i = 0; i < 4; ++i) Ask("greedy");
  EXPECT_EQ(StatusOf(Ask("greedy")), 429);
  EXPECT_EQ(StatusOf(Ask("other")), 0);
}

TEST_F(RateLimitGuardTest, RemembersABoundedNumberOfAddresses) {
  for (int i = 0; i < 4; ++i) Ask("busy");
  for (int i = 0; i < 4; ++i) Ask("silent");
  for (size_t i = 0; i < RateLimitGuard::kAddressesMax; ++i) {
    Ask("address " + std::to_string(i));
    if (i % 1000 == 0) {
      EXPECT_EQ(StatusOf(Ask("busy")), 429) << "it is in use";
    }
  }
  EXPECT_EQ(StatusOf(Ask("busy")), 429);
  EXPECT_EQ(StatusOf(Ask("silent")), 0) << "it was forgotten, so its bucket is full";
}

// Knows two accounts by their token.
class TokenAuthenticator final : public Authenticator {
 public:
  [[nodiscard]] Result<Principal> Authenticate(const Request& request) const override {
    const std::string token = request.Header("authorization").value_or("");
    if (token.empty()) return Principal{};
    if (token == "Bearer user") return Principal{"1", "Ann", Access::kUser};
    if (token == "Bearer admin") return Principal{"2", "Bob", Access::kAdmin};
    if (token == "Bearer away") return Fail(Code::kUnavailable, "the database is away");
    return Fail(Code::kUnauthenticated, "The token is not valid.");
  }
};

class AccessTest : public ServerFixture {
 protected:
  void Start(ServerOptions options = {}) {
    const auto name = [](const Request& request) {
      return Response::Json(200,
                            request.principal.anonymous() ? "anonymous" : request.principal.name);
    };
    StartServer(std::move(options), {Sync(Method::kGet, "/public", Access::kPublic, name),
                                     Sync(Method::kGet, "/user", Access::kUser, name, true),
                                     Sync(Method::kGet, "/admin", Access::kAdmin, name),
                                     Sync(Method::kPost, "/admin", Access::kAdmin, name)});
  }
  void StartProtected() {
    ServerOptions options;
    options.authenticator = std::make_shared<TokenAuthenticator>();
    Start(std::move(options));
  }
  std::string As(const std::string& token, const std::string& target) {
    return Get(target, token.empty() ? "" : "Authorization: Bearer " + token + "\r\n");
  }
};

TEST_F(AccessTest, EveryClientMayDoAllWithoutAnAuthenticator) {
  Start();
  for (const std::string target : {"/public", "/user", "/admin"}) {
    EXPECT_TRUE(Get(target).ends_with("\r\n\r\nanonymous")) << target;
  }
}

TEST_F(AccessTest, ARouteIsProtectedByItsLevel) {
  StartProtected();
  const std::map<std::pair<std::string, std::string>, int> expected = {
      {{"", "/public"}, 200},      {{"", "/user"}, 401},      {{"", "/admin"}, 401},
      {{"wrong", "/public"}, 200}, {{"wrong", "/user"}, 401}, {{"wrong", "/admin"}, 401},
      {{"user", "/public"}, 200},  {{"user", "/user"}, 200},  {{"user", "/admin"}, 403},
      {{"admin", "/public"}, 200}, {{"admin", "/user"}, 200}, {{"admin", "/admin"}, 200},
      {{"away", "/public"}, 200},  {{"away", "/user"}, 503},  {{"away", "/admin"}, 503},
  };
  for (const auto& [request, status] : expected) {
    const std::string answer = As(request.first, request.second);
    EXPECT_EQ(http::StatusOf(answer), status) << request.first << " " << request.second;
    if (status == 200) continue;
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
  }
  EXPECT_TRUE(As("user", "/user").ends_with("\r\n\r\nAnn"));
  EXPECT_TRUE(As("admin", "/admin").ends_with("\r\n\r\nBob"));
}

TEST_F(AccessTest, A401SaysHowToAuthenticate) {
  StartProtected();
  const std::string anonymous = As("", "/admin");
  EXPECT_THAT(anonymous, HasSubstr("WWW-Authenticate: Bearer realm=\"Matinee\"\r\n"));
  EXPECT_THAT(anonymous, HasSubstr("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(anonymous, HasSubstr("Sign in first."));
  const std::string wrong = As("wrong", "/admin");
  EXPECT_THAT(wrong, HasSubstr("WWW-Authenticate: "));
  EXPECT_THAT(wrong, HasSubstr("The token is not valid."));
  EXPECT_THAT(As("user", "/admin"), Not(HasSubstr("WWW-Authenticate")));
}

TEST_F(AccessTest, HeadAndPostAreProtectedLikeGet) {
  StartProtected();
  RawClient client(server_->port());
  client.Send("HEAD /admin HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(http::StatusOf(client.Receive(true)), 401);
  EXPECT_EQ(
      http::StatusOf(Ask("POST /admin HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                         "Content-Length: 2\r\n\r\n{}")),
      401);
  EXPECT_EQ(http::StatusOf(Get("/nothing")), 404) << "the addresses are public";
}

TEST_F(AccessTest, GuardsOfTheServerRunBeforeTheHandler) {
  const ManualClock clock{WallTime{}};
  ServerOptions options;
  options.guards = {
      std::make_shared<OriginGuard>(),
      std::make_shared<RateLimitGuard>(RateLimit{.per_second = 1, .burst = 2}, clock)};
  Start(std::move(options));
  EXPECT_EQ(http::StatusOf(Get("/nothing")), 404);
  EXPECT_EQ(http::StatusOf(Get("/public")), 200);
  const std::string refused = Get("/public");
  EXPECT_THAT(refused, HasSubstr("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(http::StatusOf(Ask("POST /admin HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n"
                               "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")),
            403)
      << "guards run in their order";
}

TEST_F(AccessTest, OnlyAProxiedServerBelievesXForwardedFor) {
  const auto client_of = [](const Request& request) { return Response::Json(200, request.client); };
  for (const bool proxied : {false, true}) {
    ServerOptions options;
    options.proxied = proxied;
    StartServer(options, {Sync(Method::kGet, "/client", Access::kPublic, client_of)});
    const std::string answer = Get("/client", "X-Forwarded-For: 1.2.3.4, 10.0.0.7\r\n");
    EXPECT_TRUE(answer.ends_with(proxied ? "\r\n\r\n10.0.0.7" : "\r\n\r\n127.0.0.1")) << answer;
    EXPECT_TRUE(Get("/client").ends_with("\r\n\r\n127.0.0.1"));
  }
}

}  // namespace
}  // namespace matinee::http
