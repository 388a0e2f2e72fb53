// Removes orphaned files: those that attempts left behind which crashed.
//
// Thread safety: as FileStore.
#pragma once

#include "base/result.h"
#include "capture/capture.h"
#include "coord/job_queue.h"
#include "jobs/job_kind.h"
#include "storage/file_store.h"

namespace matinee::capture {

// Removes the file and the thumbnail of one attempt. Failures are logged.
void RemoveAttempt(storage::FileStore& files, const Capture& capture, int attempt);

// Removes those of all attempts, except what a complete row names.
void RemoveOrphanedFiles(storage::FileStore& files, const Capture& capture);

// Removes the temporary files of this kind that no live job writes.
Status RemoveTemporaryFiles(storage::FileStore& files, jobs::JobKind& kind, coord::JobQueue& queue);

// Removes those of all attempts.
Status RemoveAll(storage::FileStore& files, const Capture& capture);

}  // namespace matinee::capture
