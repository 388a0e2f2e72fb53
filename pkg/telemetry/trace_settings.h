// Settings of tracing, as in OpenTelemetry's environment variables.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/. One thing is stricter: a value that
// the specification ignores with a warning stops the start, as with all settings. The SDK does not
// read the environment.
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

namespace config {
struct Section;
}

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
  std::string endpoint;  // The whole URL of the posts. Empty: tracing is off.
  OtlpProtocol protocol = OtlpProtocol::kProtobuf;
  std::vector<std::pair<std::string, Secret>> headers;  // Sent with each post.
  std::chrono::milliseconds request_timeout{10'000};    // Of one post.

  // Attributes of the source of the spans: service.name and others.
  std::vector<std::pair<std::string, std::string>> resource;

  TraceSampler sampler = TraceSampler::kParentBasedAlwaysOn;
  double sampler_ratio = 1;  // 0 to 1, of the two ratio samplers.

  std::chrono::milliseconds schedule_delay{5'000};   // The longest time between batches.
  std::chrono::milliseconds export_timeout{30'000};  // Of one batch, with its retries.
  size_t queue_max = 2048;                           // Queued spans; more are dropped and counted.
  size_t batch_max = 512;                            // Spans of one post.
};

config::Section TraceSection(TraceSettings& tracing);

}  // namespace matinee
