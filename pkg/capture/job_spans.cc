#include "capture/job_spans.h"

namespace matinee::capture {

std::string JobSpanName(std::string_view operation, const coord::Job& job) {
  return std::string(operation).append(" ").append(job.queue);
}

void DescribeMessage(Span& span, const coord::JobQueue& queue, const coord::Job& job,
                     std::string_view operation) {
  if (!span.recording()) return;
  span.Set("messaging.system", queue.system());
  span.Set("messaging.destination.name", job.queue);
  span.Set("messaging.operation.type", operation);
  span.Set("messaging.operation.name", operation);
}

}  // namespace matinee::capture
