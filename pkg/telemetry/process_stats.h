// What the kernel says about this process, for the process_* metrics that Prometheus' own client
// libraries have and prometheus-cpp lacks.
//
// Source: proc(5), the fields of /proc/[pid]/stat.
//
// Thread safety: plain functions; they read /proc and touch nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace matinee {

// The fields of /proc/[pid]/stat that we use, in the kernel's units.
struct ProcStat {
  int64_t cpu_ticks = 0;  // User and system time, in clock ticks.
  int64_t threads = 0;
  int64_t start_ticks = 0;  // When the process began, in clock ticks since the machine did.
  int64_t virtual_bytes = 0;
  int64_t resident_pages = 0;
};

// Nothing if `text` does not look like that file.
std::optional<ProcStat> ParseProcStat(std::string_view text);

// When the machine was started, in seconds since 1970: the line "btime" of /proc/stat.
std::optional<int64_t> ParseBootTime(std::string_view text);

// The same in the units of metrics. What /proc does not tell stays 0.
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
