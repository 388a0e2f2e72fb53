// The queues, the job kind and the event topic of captures.
//
// Thread safety: plain values; Publish as EventBus.
#pragma once

#include <string>

#include "capture/capture.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"

namespace matinee::capture {

inline constexpr char kScreenshotQueue[] = "screenshot";
inline constexpr char kClipQueue[] = "clip";
// Posters: no user waits for them.
inline constexpr char kBackgroundQueue[] = "background";

// The queues in order of priority. One slot of each worker is reserved for screenshots, so that
// they never wait behind clips.
const coord::QueueTable& Queues();

inline constexpr char kCaptureKind[] = "capture";

// Returns the job that wakes a worker for this capture. Its key is the capture's id, as in version
// 0.1.0.
coord::Job JobOf(const Capture& capture);

// The topic of changes of rows. The payload is the capture's id.
inline constexpr char kCaptureTopic[] = "capture";
void PublishCaptureChanged(coord::EventBus& events, const std::string& capture_id);

}  // namespace matinee::capture
