// How one log line looks: the pure part of log.h, for log.cc and its tests.
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
  std::optional<SpanIds> span = std::nullopt;  // The one in which it was written.
};

// {"ts":"2026-02-18T12:00:00.123Z","level":"info","logger":"capture","msg":"…","key":value,…,
//  "trace_id":"…","span_id":"…","trace_flags":"01","err":{"code":"unavailable","message":"…"}} and
//  a
// newline.
std::string FormatJsonLine(const LogLine& line);

// Adds `text` in quotes. White space that JSON has a letter for stays readable; every other control
// character and every byte that is not UTF-8 becomes "\xNN", as EscapeUnprintable writes it.
void AppendJsonText(std::string& out, std::string_view text);

// "12:00:00.123 info  capture: capture complete  capture_id=… bytes=12" and a newline. The time is
// the local one: it is read by the person before the terminal.
std::string FormatTextLine(const LogLine& line);

}  // namespace matinee
