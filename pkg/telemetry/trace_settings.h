// How traces are made and where they go, as OpenTelemetry's environment variables say it.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/. The settings arrive here read and
// checked (pkg/config): nothing in this package looks at the environment, and neither does the SDK.
//
// Thread safety: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace matinee {

enum class OtlpProtocol { kProtobuf, kJson };

enum class TraceSampler {
  kAlwaysOn,
  kAlwaysOff,
  kRatio,
  kParentBasedAlwaysOn,
  kParentBasedAlwaysOff,
  kParentBasedRatio,
};

struct TraceSettings {
  std::string endpoint;  // Where the batches are posted, complete with its path. Empty: tracing is
                         // off.
  OtlpProtocol protocol = OtlpProtocol::kProtobuf;
  std::vector<std::pair<std::string, Secret>> headers;  // Of each post.
  std::chrono::milliseconds request_timeout{10'000};    // Of one post.

  // What the spans are from: service.name and whatever else.
  std::vector<std::pair<std::string, std::string>> resource;

  TraceSampler sampler = TraceSampler::kParentBasedAlwaysOn;
  double sampler_ratio = 1;  // Of the two that have one, 0 to 1.

  std::chrono::milliseconds schedule_delay{5'000};   // A batch is sent at least so often.
  std::chrono::milliseconds export_timeout{30'000};  // Of one batch, with its repetitions.
  size_t queue_max = 2048;  // Spans that wait at most; what does not fit is dropped and counted.
  size_t batch_max = 512;   // Spans of one post.
};

}  // namespace matinee
