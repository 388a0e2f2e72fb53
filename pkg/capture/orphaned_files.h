// Removes orphaned files: of attempts that crashed between publishing and committing.
//
// Thread safety: as FileStore.
#pragma once

#include "base/error.h"
#include "base/result.h"
#include "capture/capture.h"
#include "capture/file_store.h"

namespace matinee::capture {

// Returns the error of a capture whose worker crashed more than kCrashesMax times.
Error CrashesError();

// Removes the file and the thumbnail of one attempt. Failures are logged.
void RemoveAttempt(FileStore& files, const Capture& capture, int attempt);

// Removes those of all attempts, except what a complete row names.
void RemoveOrphanedFiles(FileStore& files, const Capture& capture);

// Removes those of all attempts.
Status RemoveAll(FileStore& files, const Capture& capture);

}  // namespace matinee::capture
