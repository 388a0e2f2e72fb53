#include "http/client.h"

#include <gmock/gmock.h>

#include <mutex>

#include "tests/unit/http/sockets.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Answers every request with the same bytes and keeps the last request.
class Recorder {
 public:
  explicit Recorder(std::string answer, size_t body_bytes = 0)
      : answer_(std::move(answer)), server_([this, body_bytes](int fd) {
          while (true) {
            const std::string request = RawServer::ReadRequest(fd, body_bytes);
            if (request.empty()) return;
            {
              const std::lock_guard lock(mutex_);
              last_ = request;
            }
            RawServer::Write(fd, answer_);
          }
        }) {}

  std::string last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  RawServer& server() { return server_; }

 private:
  std::string answer_;
  std::mutex mutex_;
  std::string last_;
  RawServer server_;
};

// Sends a request to a server that answers once, with any bytes, and closes.
Result<ClientResponse> AskOnce(const std::string& answer, ClientRequest request = {}) {
  const auto client = MakeCurlClient();
  RawServer server([&answer](int fd) {
    RawServer::ReadRequest(fd);
    RawServer::Write(fd, answer);
  });
  request.url = server.url() + "/x";
  return client->Send(request);
}

TEST(ClientTest, SendsMethodHeadersAndBodyAndReadsTheAnswer) {
  Recorder recorder("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Some: Thing \r\n\r\nok", 4);
  const auto client = MakeCurlClient();  // Destroyed first, with its connection.
  ClientRequest request;
  request.method = "POST";
  request.url = recorder.server().url() + "/a%20b?c=d";
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.secret_headers = {{"X-Plex-Token", Secret("s3cret")}};
  request.body = "body";
  const auto response = client->Send(request);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(response->headers.at("x-some"), "Thing");
  const std::string asked = recorder.last();
  EXPECT_TRUE(asked.starts_with("POST /a%20b?c=d HTTP/1.1\r\n")) << asked;
  EXPECT_THAT(asked, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(asked, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(asked, HasSubstr("X-Plex-Token: s3cret\r\n"));
  EXPECT_THAT(asked, Not(HasSubstr("Expect")));
  EXPECT_TRUE(asked.ends_with("\r\n\r\nbody"));
}

TEST(ClientTest, KeepsItsConnectionAndForgetsTheRequestBefore) {
  Recorder recorder{std::string(kHello)};
  const auto client = MakeCurlClient();
  ClientRequest first;
  first.url = recorder.server().url();
  first.secret_headers = {{"Authorization", Secret("Bearer hidden")}};
  ClientRequest second;
  second.url = recorder.server().url();
  ASSERT_TRUE(client->Send(first).has_value());
  ASSERT_TRUE(client->Send(second).has_value());
  EXPECT_EQ(recorder.server().connections(), 1);
  EXPECT_THAT(recorder.last(), Not(HasSubstr("hidden")));
}

TEST(ClientTest, ReturnsErrorStatusesAsResponses) {
  EXPECT_EQ(AskOnce("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")->status, 503);
  EXPECT_EQ(AskOnce("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")->status, 401);
}

TEST(ClientTest, DoesNotFollowRedirects) {
  const auto response =
      AskOnce("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 302);
}

TEST(ClientTest, IgnoresProxiesOfTheEnvironment) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const auto response = AskOnce(std::string(kHello));
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->body, "hello");
}

TEST(ClientTest, SendsHead) {
  ClientRequest request;
  request.method = "HEAD";
  const auto response = AskOnce("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", request);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->headers.at("content-length"), "500");
}

TEST(ClientTest, IgnoresTheHeadersOfInformationalAnswers) {
  const auto response = AskOnce("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + std::string(kHello));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->headers.contains("link"));
}

TEST(ClientTest, RefusesAnswersThatAreTooLong) {
  ClientRequest request;
  request.body_bytes_max = 1000;
  const std::string big(2000, 'x');
  const std::string declared = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + big;
  const std::string undeclared = "HTTP/1.1 200 OK\r\n\r\n" + big;
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + big + "\r\n0\r\n\r\n";
  for (const auto& answer : {declared, undeclared, chunked}) {
    const auto response = AskOnce(answer, request);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code, Code::kBadGateway) << response.error().message;
  }
}

TEST(ClientTest, RefusesEndlessHeaders) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5000; ++i) answer += "X-" + std::to_string(i) + ": 0123456789\r\n";
  const auto response = AskOnce(answer + "Content-Length: 0\r\n\r\n");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kBadGateway);
}

TEST(ClientTest, FailsIfTheAnswerIsNotHttp) {
  const auto response = AskOnce("SSH-2.0-OpenSSH_9.2\r\n");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kBadGateway) << response.error().message;
}

TEST(ClientTest, FailsIfTheAnswerIsCutOff) {
  const auto response = AskOnce("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kUnavailable) << response.error().message;
}

TEST(ClientTest, FailsIfTheConnectionIsRefused) {
  ClientRequest request;
  {
    RawServer gone([](int) {});
    request.url = gone.url();
  }
  const auto response = MakeCurlClient()->Send(request);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("connection refused"));
}

TEST(ClientTest, FailsIfTheAnswerIsLate) {
  ClientRequest request;
  request.timeout = milliseconds(200);
  for (const std::string beginning : {"", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"}) {
    RawServer server([&](int fd) {
      RawServer::ReadRequest(fd);
      RawServer::Write(fd, beginning);
      Readable(fd);  // Until the client has gone.
    });
    request.url = server.url();
    const auto start = std::chrono::steady_clock::now();
    const auto response = MakeCurlClient()->Send(request);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code, Code::kDeadlineExceeded);
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(20));
  }
}

TEST(ClientTest, RefusesRequestSplitting) {
  const auto client = MakeCurlClient();
  ClientRequest request;
  request.url = "http://127.0.0.1:1/";
  request.secret_headers = {{"X-Token", Secret("a\r\nHost: hidden")}};
  auto response = client->Send(request);
  EXPECT_EQ(response.error().code, Code::kInvalidArgument);
  EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  request.secret_headers.clear();
  request.headers = {{"X: y\r\nZ", "a"}};
  EXPECT_EQ(client->Send(request).error().code, Code::kInvalidArgument);
  request.headers.clear();
  request.method = "GET / HTTP/1.1\r\nX:";
  EXPECT_EQ(client->Send(request).error().code, Code::kInvalidArgument);
}

TEST(ClientTest, RefusesOtherSchemesWithoutQuotingSecrets) {
  const auto client = MakeCurlClient();
  for (const std::string url : {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/",
                                "127.0.0.1", "", "http://user:hidden@127.0.0.1/",
                                "http://127.0.0.1\\@hidden/", "http://127.0.0.1/\r\nhidden"}) {
    ClientRequest request;
    request.url = url;
    const auto response = client->Send(request);
    ASSERT_FALSE(response.has_value()) << url;
    EXPECT_EQ(response.error().code, Code::kInvalidArgument) << url;
    EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
  }
}

TEST(ClientTest, KeepsPathAndQueryOutOfErrors) {
  ClientRequest request;
  request.url = "http://127.0.0.1:1/path-hidden?q=hidden";
  const auto response = MakeCurlClient()->Send(request);
  EXPECT_THAT(response.error().message, HasSubstr("http://127.0.0.1:1"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hidden")));
}

TEST(ClientTest, IsThreadSafe) {
  const auto client = MakeCurlClient();
  RawServer first([](int fd) {
    RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  });
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      ClientRequest request;
      request.url = first.url();
      for (int n = 0; n < 20; ++n) {
        const auto response = client->Send(request);
        if (response && response->body == "hello") ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
}

// --- Unix sockets ------------------------------------------------------------------------------

class UnixSocketTest : public ::testing::Test {
 protected:
  Result<ClientResponse> Get(milliseconds timeout = seconds(5)) {
    ClientRequest request;
    request.url = "http://localhost/health?a=b";
    request.unix_socket = path_;
    request.timeout = timeout;
    request.body_bytes_max = 65536;
    return MakeCurlClient()->Send(request);
  }

  const TemporaryFolder folder_;
  std::string path_ = folder_.File("socket");
};

TEST_F(UnixSocketTest, CarriesRequestAndAnswer) {
  std::string request;
  {
    const RawServer server(path_, [&request](int fd) {
      request = RawServer::ReadRequest(fd);
      RawServer::Write(fd, "HTTP/1.1 503 Away\r\nContent-Length: 7\r\n\r\nnot");
      RawServer::Write(fd, " now");
    });
    const auto response = Get();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 503);
    EXPECT_EQ(response->body, "not now");
  }
  EXPECT_TRUE(request.starts_with("GET /health?a=b HTTP/1.1\r\n")) << request;
  EXPECT_THAT(request, HasSubstr("Host: localhost\r\n"));
}

TEST_F(UnixSocketTest, HonoursTheTimeout) {
  const RawServer server(path_, [](int fd) {
    RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\n\r\nhalf");
    Readable(fd);  // Until the client has closed.
  });
  const auto response = Get(milliseconds(200));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(response.error().message, HasSubstr("unix:" + path_));
}

TEST_F(UnixSocketTest, HonoursTheSizeLimit) {
  const RawServer server(path_, [](int fd) {
    RawServer::ReadRequest(fd);
    RawServer::Write(fd, "HTTP/1.1 200 OK\r\n\r\n" + std::string(10'000'000, 'x'));
  });
  const auto response = Get();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kBadGateway);
}

TEST_F(UnixSocketTest, FailsWithoutAServer) {
  EXPECT_EQ(Get().error().code, Code::kUnavailable);
  path_ = std::string(kSocketPathBytesMax + 1, 'a');
  EXPECT_EQ(Get().error().code, Code::kInvalidArgument);
}

TEST_F(UnixSocketTest, DoesNotShareConnectionsWithTcp) {
  const RawServer server(path_, [](int fd) {
    RawServer::ReadRequest(fd);
    RawServer::Write(fd, kHello);
  });
  Recorder recorder("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntcp");
  const auto client = MakeCurlClient();
  ClientRequest request;
  request.url = recorder.server().url();
  request.unix_socket = path_;
  EXPECT_EQ(client->Send(request)->body, "hello");
  request.unix_socket.clear();
  EXPECT_EQ(client->Send(request)->body, "tcp");
}

}  // namespace
}  // namespace matinee::http
