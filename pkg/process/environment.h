// What a child process may know of our environment, and where its program is.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::process {

// "NAME=value" entries without those that hold secrets: every name with TOKEN, KEY, SECRET or
// PASSWORD in it or with _HEADERS at its end, and DATABASE_URL and REDIS_URL (which may hold a
// password).
std::vector<std::string> ScrubbedEnvironment(const char* const* environment);

// The file that `program` names: itself if it holds a slash, otherwise the first executable file of
// that name in the PATH of `environment`. Fails with kNotFound.
Result<std::string> FindProgram(const std::string& program,
                                const std::vector<std::string>& environment);

}  // namespace matinee::process
