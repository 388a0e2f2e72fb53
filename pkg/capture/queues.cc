#include "capture/queues.h"

namespace matinee::capture {

const coord::QueueTable& Queues() {
  static const coord::QueueTable queues = {
      {.name = kScreenshotQueue, .reserved_slots = 1},
      {.name = kClipQueue},
      {.name = kBackgroundQueue},
  };
  return queues;
}

coord::Job JobOf(const Capture& capture) {
  coord::Job job{.queue = kClipQueue,
                 .kind = kCaptureKind,
                 .subject = capture.id,
                 .traceparent = capture.spec.traceparent,
                 .key = capture.id};
  if (capture.spec.type == Type::kScreenshot) {
    job.queue = kScreenshotQueue;
  } else if (capture.phase == Phase::kComplete) {
    job.queue = kBackgroundQueue;  // Only its poster can be missing.
  }
  return job;
}

void PublishCaptureChanged(coord::EventBus& events, const std::string& capture_id) {
  events.Publish({kCaptureTopic, capture_id});
}

}  // namespace matinee::capture
