// The queues, the job kinds and the event topic of captures.
//
// Thread safety: plain values; Publish as EventBus.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"

namespace matinee::capture {

inline constexpr char kScreenshotQueue[] = "screenshot";
inline constexpr char kClipQueue[] = "clip";
// The captures of clients that have many: those of the others do not wait behind them.
inline constexpr char kScreenshotBulkQueue[] = "screenshot_bulk";
inline constexpr char kClipBulkQueue[] = "clip_bulk";
// Posters: no user waits for them.
inline constexpr char kBackgroundQueue[] = "background";

// A kind also owns the temporary files of its jobs, whose names begin with the id of the capture.
inline constexpr char kCaptureKind[] = "capture";
inline constexpr char kPosterKind[] = "poster";

// The queue of captures of this type; `bulk` as in Capture.
const char* QueueOf(Type type, bool bulk);

// Returns the job that wakes a worker for this capture. Its key is the capture's id, as in version
// 0.1.0.
coord::Job JobOf(const Capture& capture);

// The keys of the jobs that may write files of this capture: its own and its poster's.
std::vector<std::string> KeysOf(const std::string& capture_id);

// The topic of changes of captures. The payload is the capture's id.
inline constexpr const char* kCaptureTopic = kCaptureKind;
void PublishCaptureChanged(coord::EventBus& events, const std::string& capture_id);

}  // namespace matinee::capture
