// Posts spans to a collector by http::Client.
#pragma once

#include <memory>

#include "telemetry/trace_transport.h"

namespace matinee::http {

// Makes a transport with a dedicated client, which keeps its connection from batch to batch.
std::unique_ptr<TraceTransport> MakeTraceTransport();

}  // namespace matinee::http
