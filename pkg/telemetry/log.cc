#include "telemetry/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <span>

#include "base/clock.h"
#include "telemetry/log_line.h"
#include "telemetry/trace.h"

namespace matinee {
namespace {

std::atomic<Severity> least_severity = Severity::kInfo;
std::atomic<LogFormat> log_format = LogFormat::kText;

// Writes each line with one write(2). The kernel may split a long line (a pipe is atomic up to 4096
// bytes only), so writes are serialized.
void WriteWhole(std::string_view line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // The log is closed; there is nowhere to report that.
    line.remove_prefix(static_cast<size_t>(written));
  }
}

void WriteLine(Severity severity, std::string_view logger, std::string_view message,
               std::span<const LogField> fields, const Error* error) {
  if (severity < least_severity) return;
  const LogLine line{SystemClock().Now(), severity, logger, message, fields, error,
                     CurrentSpanIds()};
  WriteWhole(log_format == LogFormat::kJson ? FormatJsonLine(line) : FormatTextLine(line));
}

}  // namespace

void ConfigureLog(Severity least, LogFormat format) {
  least_severity = least;
  log_format = format;
}

void Log(Severity severity, std::string_view logger, std::string_view message,
         std::initializer_list<LogField> fields) {
  WriteLine(severity, logger, message, fields, nullptr);
}

void LogError(std::string_view logger, std::string_view message, const Error& error,
              std::initializer_list<LogField> fields) {
  WriteLine(InfoOf(error.code).severity, logger, message, fields, &error);
}

}  // namespace matinee
