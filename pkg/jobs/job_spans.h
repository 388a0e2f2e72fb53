// Enqueues jobs and describes them in a trace, by OpenTelemetry's semantic conventions for
// messaging (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
//
// Thread safety: as Span; Enqueue may be called from any thread.
#pragma once

#include <string>
#include <string_view>

#include "coord/job_queue.h"
#include "telemetry/trace.h"

namespace matinee::jobs {

// Returns `operation` and the queue: "send clip", "process clip".
std::string JobSpanName(std::string_view operation, const coord::Job& job);

// Sets the messaging attributes. `operation`: "send" or "process".
void DescribeMessage(Span& span, const coord::JobQueue& queue, const coord::Job& job,
                     std::string_view operation);

// Enqueues a job whose row is committed, in a span of the current trace. If the queue cannot take
// it now, that is logged: the reconciler enqueues it later.
void Enqueue(coord::JobQueue& queue, coord::Job job);

}  // namespace matinee::jobs
