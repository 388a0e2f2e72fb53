// Jobs in a trace, by OpenTelemetry's semantic conventions for messaging
// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
//
// Thread safety: as Span.
#pragma once

#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "telemetry/trace.h"

namespace matinee::capture {

// "send clip", "process clip": `operation` and the queue.
std::string JobSpanName(std::string_view operation, const coord::Job& job);

// `operation`: "send" or "process".
void DescribeMessage(Span& span, const coord::JobQueue& queue, const coord::Job& job,
                     std::string_view operation);

}  // namespace matinee::capture
