// Posts spans to a collector with the HTTP client.
#pragma once

#include <memory>

#include "telemetry/trace_transport.h"

namespace matinee::http {

// Has a client of its own, so that its connection stays open from batch to batch.
std::unique_ptr<TraceTransport> MakeTraceTransport();

}  // namespace matinee::http
