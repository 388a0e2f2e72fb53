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
// What no person waits for: posters.
inline constexpr char kBackgroundQueue[] = "background";

// Screenshots first; one slot of each worker is reserved for them, so that a tap never waits behind
// clips.
const coord::QueueTable& Queues();

inline constexpr char kCaptureKind[] = "capture";

// The job that wakes a worker for this capture. Its key is the capture's id, as in version 0.1.0.
coord::Job JobOf(const Capture& capture);

// The row of the capture whose id is the payload has changed.
inline constexpr char kCaptureTopic[] = "capture";
void PublishCaptureChanged(coord::EventBus& events, const std::string& capture_id);

}  // namespace matinee::capture
