// Logs: one line an event, JSON (LOG_FORMAT=json) or for a person's eyes (text), on stderr.
//
//   Log(Severity::kInfo, "capture", "capture complete", {{"capture_id", id}, {"bytes", size}});
//
// The message is constant text; what varies stands in the fields. A Secret cannot be a field: there
// is no conversion. Lines go out whole, each field value is cut at kFieldBytesMax, and text that is
// not UTF-8 is escaped. JSON lines carry trace_id, span_id and trace_flags of the span in which
// they were written (trace.h).
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace matinee {

enum class LogFormat { kText, kJson };

constexpr size_t kFieldBytesMax = 8192;  // FFmpeg's last words fit; a hostile title does not flood.

class LogField {
 public:
  using Value = std::variant<std::string_view, int64_t, double, bool>;

  template <std::integral T>
  requires(!std::same_as<T, bool>) LogField(std::string_view key, T value)
      : key_(key), value_(static_cast<int64_t>(value)) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value) {}
  LogField(std::string_view key, double value) : key_(key), value_(value) {}
  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  LogField(std::string_view key, const std::string& value)
      : key_(key), value_(std::string_view(value)) {}

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  std::string_view key_;
  Value value_;
};

// Set once at the start of the program; until then text at info and above.
void ConfigureLog(Severity least, LogFormat format);

void Log(Severity severity, std::string_view logger, std::string_view message,
         std::initializer_list<LogField> fields = {});

// Logs `error` with the severity of its code, and its code and message as fields.
void LogError(std::string_view logger, std::string_view message, const Error& error,
              std::initializer_list<LogField> fields = {});

}  // namespace matinee
