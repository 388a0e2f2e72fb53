// The format of a log line: the pure part of log.h.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "telemetry/log.h"
#include "telemetry/trace_context.h"

namespace matinee {

// "debug", "info", "warn", "error".
std::string_view SeverityName(Severity severity);

struct LogLine {
  WallTime time;
  Severity severity = Severity::kInfo;
  std::string_view logger;
  std::string_view message;
  std::span<const LogField> fields;
  const Error* error = nullptr;                // May be null.
  std::optional<SpanIds> span = std::nullopt;  // The current span.
};

// Returns this object and a newline:
//
//   {"ts":"2026-02-18T12:00:00.123Z","level":"info","logger":"capture","msg":"…","key":value,…,
//    "trace_id":"…","span_id":"…","trace_flags":"01","err":{"code":"unavailable","message":"…"}}
std::string FormatJsonLine(const LogLine& line);

// Appends `text` in quotes. \n, \r and \t stay readable; every other control character and every
// byte that is not UTF-8 becomes "\xNN", as in EscapeUnprintable.
void AppendJsonText(std::string& out, std::string_view text);

// Returns "12:00:00.123 info  capture: capture complete  capture_id=… bytes=12" and a newline, in
// local time: it is read in a terminal.
std::string FormatTextLine(const LogLine& line);

}  // namespace matinee
