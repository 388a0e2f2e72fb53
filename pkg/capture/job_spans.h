// Describes jobs in a trace, by OpenTelemetry's semantic conventions for messaging
// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
//
// Thread safety: as Span.
#pragma once

#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "telemetry/trace.h"

namespace matinee::capture {

// Returns `operation` and the queue: "send clip", "process clip".
std::string JobSpanName(std::string_view operation, const coord::Job& job);

// Sets the messaging attributes. `operation`: "send" or "process".
void DescribeMessage(Span& span, const coord::JobQueue& queue, const coord::Job& job,
                     std::string_view operation);

}  // namespace matinee::capture
