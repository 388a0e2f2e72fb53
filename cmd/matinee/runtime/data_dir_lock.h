// Locks the data folder, the database and the folder of captures of a single machine, so that only
// one process uses them.
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

// Locks the file of an SQLite database itself, under whatever name: it needs no other file that a
// person could remove. The file must exist; the lock must be released after the database is closed.
// Fails with kUnavailable if another process holds it.
Result<UniqueFd> LockDatabaseFile(const std::string& path);

// Locks the folder of captures itself. Returns an invalid descriptor where the file system has no
// such locks (NFS). Fails with kUnavailable if another process holds it.
Result<UniqueFd> LockCaptureFolder(const std::string& folder);

}  // namespace matinee
