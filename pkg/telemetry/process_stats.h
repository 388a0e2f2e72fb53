// Statistics of this process from the kernel, for the process_* metrics that prometheus-cpp lacks
// and Prometheus' own client libraries have.
//
// Source: proc(5), the fields of /proc/[pid]/stat.
//
// Thread safety: plain functions; they read /proc and touch nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace matinee {

// The fields of /proc/[pid]/stat that the metrics need, in the kernel's units.
struct ProcStat {
  int64_t cpu_ticks = 0;  // User and system time, in clock ticks.
  int64_t threads = 0;
  int64_t start_ticks = 0;  // Start of the process, in clock ticks since boot.
  int64_t virtual_bytes = 0;
  int64_t resident_pages = 0;
};

// Returns std::nullopt if `text` does not have the format of that file.
std::optional<ProcStat> ParseProcStat(std::string_view text);

// Returns the boot time, in seconds since 1970: the line "btime" of /proc/stat.
std::optional<int64_t> ParseBootTime(std::string_view text);

// The same in the units of metrics. A value that /proc does not have stays 0.
struct ProcessStats {
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // Since 1970.
  double resident_memory_bytes = 0;
  double virtual_memory_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
};

ProcessStats ReadProcessStats();

}  // namespace matinee
