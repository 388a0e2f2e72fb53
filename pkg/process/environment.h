// The environment of a child process, and the path of its program.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::process {

// Returns the "NAME=value" entries that a child inherits: what finds programs, libraries, fonts and
// video hardware, and what sets language, time zone and folders (the list is in environment.cc).
// All others may hold secrets (SMB_PASS, https_proxy with a password) or change what a program does
// (LD_PRELOAD, FFREPORT). Of those on the list, a name with TOKEN, KEY, SECRET or PASS in it is
// left out too, such as NVIDIA_API_KEY.
std::vector<std::string> InheritedEnvironment(const char* const* environment);

// Returns the path of `program`: itself if it contains a slash, otherwise the first executable file
// of that name in the PATH of `environment`. Fails with kNotFound.
Result<std::string> FindProgram(const std::string& program,
                                const std::vector<std::string>& environment);

}  // namespace matinee::process
