// Logs: one line per event on stderr, as JSON (LOG_FORMAT=json) or as readable text (text).
//
//   Log(Severity::kInfo, "capture", "capture complete", {{"capture_id", id}, {"bytes", size}});
//
// The message is constant text; variable data is in the fields. A Secret cannot be a field: there
// is no conversion. Lines are written whole, each field value is truncated at kFieldBytesMax, and
// text that is not UTF-8 is escaped. JSON lines have trace_id, span_id and trace_flags of the
// current span (trace.h).
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/error.h"
#include "base/secret.h"

namespace matinee {

enum class LogFormat { kText, kJson };

constexpr size_t kFieldBytesMax = 8192;  // FFmpeg's last lines fit; a hostile title does not flood.

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

static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);

// Called once at the start of the program; until then the log is text at info and above.
void ConfigureLog(Severity least, LogFormat format);

void Log(Severity severity, std::string_view logger, std::string_view message,
         std::initializer_list<LogField> fields = {});

// Logs `error` with the severity of its code, and its code and message as fields.
void LogError(std::string_view logger, std::string_view message, const Error& error,
              std::initializer_list<LogField> fields = {});

}  // namespace matinee
