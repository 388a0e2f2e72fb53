// Locks a data folder, so that only one process uses it.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace matinee {

// Makes the folder and locks it until the descriptor is closed: the kernel releases the lock when
// the process ends, also by a crash. Fails with kUnavailable if another process holds it; the
// message names the folder and DATA_DIR.
Result<UniqueFd> LockDataDir(const std::string& folder);

}  // namespace matinee
