// The interface that sends a batch of spans to the collector. pkg/http, which depends on this
// package, implements it (MakeTraceTransport); tests have implementations that fail.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace matinee {

struct TracePost {
  std::string url;
  std::string_view content_type;
  const std::vector<std::pair<std::string, Secret>>* headers = nullptr;  // Not null.
  std::string_view body;
  std::chrono::milliseconds timeout{};
  const std::atomic<bool>* cancel = nullptr;  // Once true, the post ends within a second. Not null.
};

struct TraceAnswer {
  int status = 0;
  std::string retry_after;  // The header; mostly empty.
};

class TraceTransport {
 public:
  virtual ~TraceTransport() = default;
  // Called from one thread at a time. Fails without a response; must not start spans.
  virtual Result<TraceAnswer> Post(const TracePost& post) = 0;
};

}  // namespace matinee
