#include "edge/local_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
#include <thread>

#include "base/files.h"
#include "tests/unit/http/sockets.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::edge {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// Serves one connection on a Unix socket.
class OneAnswer {
 public:
  explicit OneAnswer(std::function<void(int fd)> serve)
      : path_(folder_.File("socket")), listener_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(static_cast<char*>(address.sun_path), path_.c_str(), sizeof(address.sun_path) - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (bind(listener_.get(), generic, sizeof(address)) != 0 || listen(listener_.get(), 1) != 0) {
      abort();
    }
    thread_ = std::thread([this, serve = std::move(serve)] {
      const UniqueFd client(accept(listener_.get(), nullptr, nullptr));
      if (client.valid()) serve(client.get());
    });
  }
  ~OneAnswer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  const TemporaryFolder folder_;
  const std::string path_;
  UniqueFd listener_;
  std::thread thread_;
};

Code ErrorOf(const Result<LocalAnswer>& answer) {
  return answer ? Code::kInternal : answer.error().code;
}

TEST(AskLocally, GivesTheStatusAndTheBody) {
  std::string request;
  {
    const OneAnswer server([&request](int fd) {
      request = http::RawServer::ReadRequest(fd);
      http::RawServer::Write(fd, "HTTP/1.1 503 Away\r\nA: b\r\n\r\nnot");
      http::RawServer::Write(fd, " now");
    });
    const auto answer = AskLocally(server.path(), "/health", milliseconds(5000));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->body, "not now");
  }
  EXPECT_THAT(request, HasSubstr("GET /health HTTP/1.0\r\n"));
}

TEST(AskLocally, GivesUpInTime) {
  const OneAnswer server([](int fd) {
    http::RawServer::Write(fd, "HTTP/1.1 200 OK\r\n\r\n");
    http::Readable(fd);
    char byte = 0;
    while (recv(fd, &byte, 1, 0) > 0) {  // Until the client has gone.
    }
  });
  EXPECT_EQ(ErrorOf(AskLocally(server.path(), "/", milliseconds(50))), Code::kDeadlineExceeded);
}

TEST(AskLocally, ReadsNoEndlessAnswer) {
  const OneAnswer server([](int fd) {
    http::RawServer::ReadRequest(fd);
    http::RawServer::Write(fd, "HTTP/1.1 200 OK\r\n\r\n" + std::string(10'000'000, 'x'));
  });
  EXPECT_EQ(ErrorOf(AskLocally(server.path(), "/", milliseconds(5000))), Code::kBadGateway);
}

TEST(AskLocally, SaysThatNobodyListens) {
  const TemporaryFolder folder;
  EXPECT_EQ(ErrorOf(AskLocally(folder.File("none"), "/", milliseconds(50))), Code::kUnavailable);
  EXPECT_EQ(ErrorOf(AskLocally(std::string(200, 'a'), "/", milliseconds(50))),
            Code::kInvalidArgument);
}

TEST(LocalAnswer, IsRefusedWhenItIsNotHttp) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 abc\r\n\r\n",
                            "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 -20\r\n\r\n", "HTTP/1.1  20\r\n\r\n",
                            "HTTP/9 200 OK\r\n\r\n", "SSH-2.0\r\n\r\n", "\r\n\r\n"}) {
    EXPECT_EQ(ErrorOf(ParseLocalAnswer(bytes)), Code::kBadGateway) << bytes;
  }
  EXPECT_TRUE(ParseLocalAnswer("HTTP/1.1 204 No Content\r\n\r\n"));
}

}  // namespace
}  // namespace matinee::edge
