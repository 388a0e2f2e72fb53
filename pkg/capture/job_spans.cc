#include "capture/job_spans.h"

#include <array>

namespace matinee::capture {
namespace {

constexpr std::array<std::string_view, coord::kLanes.size()> kSend = {
    "send screenshot", "send clip", "send background"};
constexpr std::array<std::string_view, coord::kLanes.size()> kProcess = {
    "process screenshot", "process clip", "process background"};

}  // namespace

std::string_view SendSpanName(coord::Lane lane) {
  return kSend.at(static_cast<size_t>(lane));
}

std::string_view ProcessSpanName(coord::Lane lane) {
  return kProcess.at(static_cast<size_t>(lane));
}

void DescribeMessage(Span& span, coord::Lane lane, std::string_view operation) {
  if (!span.recording()) return;
  span.Set("messaging.system", "redis");
  span.Set("messaging.destination.name", coord::ToString(lane));
  span.Set("messaging.operation.type", operation);
  span.Set("messaging.operation.name", operation);
}

}  // namespace matinee::capture
