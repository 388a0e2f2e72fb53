// Locks a data folder, so that only one process uses it.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace matinee {

// The kernel releases the locks when they are destroyed, or when the process ends, also by a crash.
struct DataDirLock {
  UniqueFd owner;     // A record lock: no child process inherits it.
  UniqueFd presence;  // A shared flock, which keeps 0.1.0 out.
};

// Makes the folder and locks it. Fails with kUnavailable if another process holds it; the message
// names the folder and DATA_DIR. Call it once for a folder: record locks are those of the process.
Result<DataDirLock> LockDataDir(const std::string& folder);

}  // namespace matinee
