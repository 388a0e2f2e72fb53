// Files that no row names: of attempts that died between publishing and committing.
//
// Thread safety: as FileStore.
#pragma once

#include "base/error.h"
#include "base/result.h"
#include "capture/capture.h"
#include "capture/file_store.h"

namespace matinee::capture {

// Why a capture at which its worker died too often is not made.
Error CrashesError();

// The file and the thumbnail of one attempt. What cannot be removed is told to the log.
void RemoveAttempt(FileStore& files, const Capture& capture, int attempt);

// Those of all attempts, except what a complete row names.
void RemoveOrphanedFiles(FileStore& files, const Capture& capture);

// Those of all attempts.
Status RemoveAll(FileStore& files, const Capture& capture);

}  // namespace matinee::capture
