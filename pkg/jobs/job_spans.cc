#include "jobs/job_spans.h"

#include "telemetry/log.h"

namespace matinee::jobs {

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

void Enqueue(coord::JobQueue& queue, coord::Job job) {
  SpanOptions options;
  options.kind = SpanKind::kProducer;
  options.only_as_child = true;
  Span span(JobSpanName("send", job), options);
  DescribeMessage(span, queue, job, "send");
  if (span.recording()) job.traceparent = span.traceparent();
  if (const Status queued = queue.Enqueue(job); !queued) {
    span.SetError(queued.error());
    LogError("jobs", "a job cannot be enqueued yet", queued.error(),
             {{"kind", job.kind}, {"id", job.subject}});
  }
}

}  // namespace matinee::jobs
