#include "capture/queues.h"

namespace matinee::capture {

const char* QueueOf(Type type, bool bulk) {
  if (type == Type::kScreenshot) return bulk ? kScreenshotBulkQueue : kScreenshotQueue;
  return bulk ? kClipBulkQueue : kClipQueue;
}

coord::Job JobOf(const Capture& capture) {
  return {.queue = QueueOf(capture.spec.type, capture.bulk),
          .kind = kCaptureKind,
          .subject = capture.id,
          .traceparent = capture.spec.traceparent,
          .key = capture.id};
}

std::vector<std::string> KeysOf(const std::string& capture_id) {
  return {capture_id, std::string(kPosterKind) + ":" + capture_id};
}

void PublishCaptureChanged(coord::EventBus& events, const std::string& capture_id) {
  events.Publish({kCaptureTopic, capture_id});
}

}  // namespace matinee::capture
