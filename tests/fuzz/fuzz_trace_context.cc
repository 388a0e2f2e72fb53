#include <string>

#include "fuzz.h"
#include "telemetry/trace_context.h"

// The first line is a traceparent, the rest a tracestate.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  std::string_view input = fuzz::View(data, size);
  const std::string traceparent(fuzz::TakeLine(input));
  const auto ids = ParseTraceparent(traceparent);
  const TraceContext context = ReadTraceContext(traceparent, input);
  FUZZ_CHECK(context.empty() == !ids);
  FUZZ_CHECK(context.tracestate.size() <= kTracestateBytesMax);
  for (const char c : context.traceparent + context.tracestate) {
    FUZZ_CHECK(c == '\t' || (c >= ' ' && c <= '~'));  // Safe in a header.
  }
  if (!ids) {
    FUZZ_CHECK(context.tracestate.empty());
    return 0;
  }
  // The propagated context parses to the same.
  FUZZ_CHECK(context.traceparent.size() == 55);
  FUZZ_CHECK(ParseTraceparent(context.traceparent) == ids);
  FUZZ_CHECK(ReadTraceContext(context.traceparent, context.tracestate) == context);
  return 0;
}
