// A server on a manual clock, and clients that read its streams.
#pragma once

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "coord/coordination.h"
#include "live/hub.h"
#include "live/server.h"
#include "telemetry/metrics.h"
#include "tests/unit/http/sockets.h"
#include "tests/unit/manual_clock.h"

namespace matinee::live {

inline constexpr std::string_view kStreamRequest =
    "GET /api/events HTTP/1.1\r\nHost: localhost\r\n";

class LiveServerFixture : public ::testing::Test {
 protected:
  // A client that reads until it has seen a text.
  class Client : public http::RawClient {
   public:
    explicit Client(uint16_t port, const std::string& headers = "") : RawClient(port) {
      Send(std::string(kStreamRequest) + headers + "\r\n");
    }
    // Returns what was received up to and including `text`; without it, all and a failure.
    std::string ReadTo(const std::string& text) {
      std::array<char, 65536> buffer{};
      size_t end = received_.find(text);
      while (end == std::string::npos) {
        const ssize_t got =
            http::Readable(fd(), kLimitMs) ? recv(fd(), buffer.data(), buffer.size(), 0) : 0;
        if (got <= 0) {
          ADD_FAILURE() << "no \"" << text << "\" in: " << received_;
          return std::exchange(received_, "");
        }
        received_.append(buffer.data(), static_cast<size_t>(got));
        end = received_.find(text);
      }
      std::string read = received_.substr(0, end + text.size());
      received_.erase(0, read.size());
      return read;
    }
    // The head of the answer and the start of the stream.
    std::string ReadStart() {
      const std::string head = ReadTo("\r\n\r\n");
      return head + ReadTo("\n\n");
    }
    std::string ReadEvent() { return ReadTo("\n\n"); }
    // Lets the kernel hold only so much for it. Without this, it would hold megabytes.
    void LimitReceiveBuffer() {
      const int bytes = 32 * 1024;
      setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    }

   private:
    std::string received_;
  };

  void Start(ServerOptions options = {}) {
    options.topics = {{"capture", "capture_changed"}};
    server_ = std::make_unique<Server>(std::move(options), *coord_.events, clock_, metrics_);
    ASSERT_TRUE(server_->Start());
  }

  void Publish(const std::string& payload) { coord_.events->Publish({"capture", payload}); }

  // Publishes more than the kernel and the outbox of a client that does not read hold; `reader`
  // reads all of it.
  void FloodWhile(Client& reader, int batches = 150) {
    const std::string id(kPayloadBytesMax, 'x');
    for (int batch = 0; batch < batches; ++batch) {
      for (int i = 0; i < 10; ++i) Publish(id);
      for (int i = 0; i < 10; ++i) {
        EXPECT_THAT(reader.ReadEvent(), ::testing::HasSubstr("event: capture_changed\n"));
      }
    }
  }

  // Both ends of the connections are in this process: with the most listeners that is more than the
  // usual 1024 descriptors.
  static void AllowManyDescriptors() {
    rlimit descriptors{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
    descriptors.rlim_cur = descriptors.rlim_max;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  }

  // Time passes, and the server notices. Until then it has finished the writes that clients read.
  void Advance(std::chrono::seconds time) {
    server_->CheckDeadlines();
    clock_.Advance(time);
    server_->CheckDeadlines();
  }

  static constexpr int kLimitMs = 60000;  // Against hanging.

  ManualClock clock_{WallTime()};
  coord::Coordination coord_ = coord::MakeLocal({}, clock_);
  Metrics metrics_;
  std::unique_ptr<Server> server_;
};

}  // namespace matinee::live
