// The part of MemoryBytes (process_runner.h) that reads the cgroup files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace matinee::process {

// Returns the bytes of memory that the cgroup of this process may use (memory.max; in version 1
// memory.limit_in_bytes), or std::nullopt without a limit. `root` is empty outside tests. Limits of
// parent groups count too.
std::optional<int64_t> CgroupMemoryBytes(const std::string& root);

}  // namespace matinee::process
