// How a batch of spans gets to the collector. A seam: pkg/http, which stands above this package,
// has the real one (MakeTraceTransport), tests have some that fail.
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
  std::string retry_after;  // As in the header; mostly empty.
};

class TraceTransport {
 public:
  virtual ~TraceTransport() = default;
  // Called from one thread at a time. Fails if there was no answer; makes no spans of its own.
  virtual Result<TraceAnswer> Post(const TracePost& post) = 0;
};

}  // namespace matinee
