// The environment of a child process, and the path of its program.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::process {

// Returns the "NAME=value" entries without those that hold secrets: every name with TOKEN, KEY,
// SECRET or PASSWORD in it or _HEADERS at its end, and DATABASE_URL and REDIS_URL (which may hold a
// password).
std::vector<std::string> ScrubbedEnvironment(const char* const* environment);

// Returns the path of `program`: itself if it contains a slash, otherwise the first executable file
// of that name in the PATH of `environment`. Fails with kNotFound.
Result<std::string> FindProgram(const std::string& program,
                                const std::vector<std::string>& environment);

}  // namespace matinee::process
