#include "http/otlp_http_transport.h"

#include <utility>

#include "http/client.h"

namespace matinee::http {
namespace {

// An answer is empty or a short error text.
constexpr size_t kAnswerBytesMax = 65536;

class HttpTraceTransport final : public TraceTransport {
 public:
  Result<TraceAnswer> Post(const TracePost& post) override {
    ClientRequest request;
    request.method = "POST";
    request.url = post.url;
    request.headers = {{"Content-Type", std::string(post.content_type)}};
    request.secret_headers = *post.headers;
    request.body = std::string(post.body);
    request.timeout = post.timeout;
    request.body_bytes_max = kAnswerBytesMax;
    request.cancel = post.cancel;
    request.traced = false;
    TRY_ASSIGN(ClientResponse response, client_->Send(request));
    return TraceAnswer{response.status, std::move(response.headers["retry-after"])};
  }

 private:
  const std::unique_ptr<Client> client_ = MakeCurlClient();
};

}  // namespace

std::unique_ptr<TraceTransport> MakeTraceTransport() {
  return std::make_unique<HttpTraceTransport>();
}

}  // namespace matinee::http
