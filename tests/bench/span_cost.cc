// What a span costs: the processor time of the whole process, from the beginning of a span to the
// collector's answer, divided by the spans.
//
//   span_cost http://127.0.0.1:4318/v1/traces http/protobuf 200000
//   span_cost off
//
// The spans come in bursts with a pause between them, so that none finds the queue full; if one is
// lost all the same, the program says so and fails.

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

#include "base/strings.h"
#include "http/otlp_http_transport.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"

namespace matinee {
namespace {

constexpr int64_t kSpansOff = 50'000'000;
constexpr int64_t kBurst = 256;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void OneSpan(int64_t number) {
  SpanOptions options;
  options.kind = SpanKind::kServer;
  Span span("GET /api/captures/{id}", options);
  span.Set("http.request.method", "GET");
  span.Set("http.route", "/api/captures/{id}");
  span.Set("http.response.status_code", 200);
  span.Set("server.address", "127.0.0.1");
  span.Set("number", number);
}

int MeasureOff() {
  const double begin = CpuSeconds();
  for (int64_t i = 0; i < kSpansOff; ++i) OneSpan(i);
  std::cout << (CpuSeconds() - begin) / static_cast<double>(kSpansOff) * 1e9 << " ns\n";
  return EXIT_SUCCESS;
}

int MeasureOn(const std::string& url, std::string_view protocol, int64_t spans) {
  TraceSettings settings;
  settings.endpoint = url;
  settings.protocol = protocol == "http/json" ? OtlpProtocol::kJson : OtlpProtocol::kProtobuf;
  settings.resource = {{"service.name", "span_cost"}};
  Metrics metrics;
  const auto transport = http::MakeTraceTransport();
  if (!ConfigureTracing(settings, *transport, &metrics)) return EXIT_FAILURE;
  const double begin = CpuSeconds();
  for (int64_t i = 0; i < spans; ++i) {
    OneSpan(i);
    if (i % kBurst == kBurst - 1) std::this_thread::sleep_for(std::chrono::milliseconds(6));
  }
  ShutdownTracing(std::chrono::seconds(2));
  const double elapsed = CpuSeconds() - begin;
  const std::string arrived =
      "\nmatinee_trace_spans_exported_total " + std::to_string(spans) + "\n";
  if (metrics.Scrape().find(arrived) == std::string::npos) {
    std::cerr << "spans were lost:\n" << metrics.Scrape();
    return EXIT_FAILURE;
  }
  std::cout << elapsed / static_cast<double>(spans) * 1e6 << " us\n";
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace matinee

int main(int argc, char** argv) {
  using namespace matinee;  // NOLINT(google-build-using-namespace): main is ours.
  if (argc == 2 && std::string_view(argv[1]) == "off") return MeasureOff();
  const auto spans = argc == 4 ? ParseInt(argv[3]) : std::nullopt;
  if (spans) return MeasureOn(argv[1], argv[2], *spans);
  std::cerr << "span_cost URL http/protobuf|http/json SPANS, or span_cost off\n";
  return EXIT_FAILURE;
}
