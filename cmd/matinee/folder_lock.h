// One Matinee a folder.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace matinee {

// Makes the folder and takes its lock, which holds until the descriptor is closed: the kernel lets
// go of it when the process ends, however it ends. Fails with kUnavailable if another process has
// it; the message names the folder and DATA_DIR.
Result<UniqueFd> LockFolder(const std::string& folder);

}  // namespace matinee
