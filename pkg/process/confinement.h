// Confines a child between fork and exec: what it may open (Landlock, landlock(7)) and call
// (seccomp(2)). See Confinement in process_runner.h. Internal to this package.
//
// Without Landlock in the kernel, only system calls are confined; on machines other than x86-64 and
// ARM64, only files.
//
// Thread safety: PrepareConfinement may be called from any thread. Confine makes system calls only,
// so it may be called in a child of a multithreaded program.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::process {

struct PreparedConfinement {
  UniqueFd ruleset;  // Of Landlock; not valid if the kernel has none.
};

// `program` is the path that is executed; it, the libraries beside it, and those in the
// LD_LIBRARY_PATH of `environment` may be read. So may the files that `descriptors` refer to.
Result<PreparedConfinement> PrepareConfinement(const Confinement& confinement,
                                               const std::string& program,
                                               const std::vector<std::string>& environment,
                                               const std::vector<int>& descriptors);

// Confines the calling thread, for ever. Needs PR_SET_NO_NEW_PRIVS. Returns false with errno if the
// kernel refuses what it had offered.
bool Confine(const PreparedConfinement& prepared);

}  // namespace matinee::process
