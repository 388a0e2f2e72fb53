#include "telemetry/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "base/strings.h"

namespace matinee {
namespace {

constexpr size_t kProcStatBytesMax = 4096;      // One line of 52 numbers.
constexpr size_t kBootStatBytesMax = 16 << 20;  // One line per processor and interrupt.

double CountOpenFds() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // One of them is the descriptor that lists them.
}

double MaxFds() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

std::optional<ProcStat> ParseProcStat(std::string_view text) {
  // The second field is the program's name in parentheses and may hold blanks and parentheses
  // itself; the third, one blank after the last parenthesis, is the state.
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto fields = Split(Trim(text.substr(name_end + 2)), ' ');
  const auto number = [&fields](size_t proc_field) -> std::optional<int64_t> {
    const size_t index = proc_field - 3;
    return index < fields.size() ? ParseInt(fields[index]) : std::nullopt;
  };
  const auto user = number(14);
  const auto system = number(15);
  const auto threads = number(20);
  const auto start = number(22);
  const auto virtual_bytes = number(23);
  const auto resident = number(24);
  if (!user || !system || !threads || !start || !virtual_bytes || !resident) return std::nullopt;
  return ProcStat{*user + *system, *threads, *start, *virtual_bytes, *resident};
}

std::optional<int64_t> ParseBootTime(std::string_view text) {
  constexpr std::string_view kKey = "btime ";
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with(kKey)) return ParseInt(line.substr(kKey.size()));
  }
  return std::nullopt;
}

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  stats.open_fds = CountOpenFds();
  stats.max_fds = MaxFds();
  const auto text = ReadFile("/proc/self/stat", kProcStatBytesMax);
  const auto stat = text ? ParseProcStat(*text) : std::nullopt;
  if (!stat) return stats;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = static_cast<double>(stat->cpu_ticks) / ticks_per_second;
  stats.threads = static_cast<double>(stat->threads);
  stats.virtual_memory_bytes = static_cast<double>(stat->virtual_bytes);
  stats.resident_memory_bytes =
      static_cast<double>(stat->resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const auto boot_text = ReadFile("/proc/stat", kBootStatBytesMax);
  const auto boot = boot_text ? ParseBootTime(*boot_text) : std::nullopt;
  if (boot) {
    stats.start_time_seconds =
        static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks_per_second;
  }
  return stats;
}

}  // namespace matinee
