// How jobs look in a trace: OpenTelemetry's semantic conventions for messaging
// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
//
// Thread safety: as Span.
#pragma once

#include <string_view>

#include "coord/job_queue.h"
#include "telemetry/trace.h"

namespace matinee::capture {

// "send clip", "process clip".
std::string_view SendSpanName(coord::Lane lane);
std::string_view ProcessSpanName(coord::Lane lane);

// `operation`: "send" or "process".
void DescribeMessage(Span& span, coord::Lane lane, std::string_view operation);

}  // namespace matinee::capture
