#include "telemetry/log_line.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ctime>
#include <type_traits>
#include <variant>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee {
namespace {

void AppendPlainText(std::string& out, std::string_view text) {
  const std::string printable = EscapeUnprintable(text);
  const bool plain = !printable.empty() && printable.find_first_of(" \"=") == std::string::npos;
  if (plain) {
    out += printable;
    return;
  }
  out += '"';
  for (const char c : printable) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

using TextAppender = void (*)(std::string&, std::string_view);

void AppendValue(std::string& out, const LogField::Value& value, TextAppender append_text) {
  std::visit(
      [&](const auto& known) {
        using Known = std::remove_cvref_t<decltype(known)>;
        if constexpr (std::is_same_v<Known, std::string_view>) {
          append_text(out, TruncateUtf8(known, kFieldBytesMax));
        } else if constexpr (std::is_same_v<Known, double>) {
          // JSON has neither NaN nor infinity.
          out += std::isfinite(known) ? fmt::format("{}", known) : "null";
        } else {
          out += fmt::format("{}", known);
        }
      },
      value);
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  return kNames.at(static_cast<size_t>(severity));
}

void AppendJsonText(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t special = text.find_first_of("\n\r\t");
    for (const char c : EscapeUnprintable(text.substr(0, special))) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    if (special == std::string_view::npos) break;
    out += text[special] == '\n' ? "\\n" : text[special] == '\r' ? "\\r" : "\\t";
    text.remove_prefix(special + 1);
  }
  out += '"';
}

std::string FormatJsonLine(const LogLine& line) {
  std::string time = FormatTime(line.time);
  time.replace(time.size() - std::string_view("+00:00").size(), std::string::npos, "Z");
  std::string out =
      fmt::format(R"({{"ts":"{}","level":"{}","logger":)", time, SeverityName(line.severity));
  AppendJsonText(out, line.logger);
  out += ",\"msg\":";
  AppendJsonText(out, TruncateUtf8(line.message, kFieldBytesMax));
  for (const LogField& field : line.fields) {
    out += ',';
    AppendJsonText(out, field.key());
    out += ':';
    AppendValue(out, field.value(), AppendJsonText);
  }
  if (line.span) {
    const std::array<uint8_t, 1> flags = {line.span->flags};
    out += fmt::format(R"(,"trace_id":"{}","span_id":"{}","trace_flags":"{}")",
                       ToHex(line.span->trace_id), ToHex(line.span->span_id), ToHex(flags));
  }
  if (line.error != nullptr) {
    out += ",\"err\":{\"code\":";
    AppendJsonText(out, InfoOf(line.error->code).name);
    out += ",\"message\":";
    AppendJsonText(out, TruncateUtf8(line.error->message, kFieldBytesMax));
    out += '}';
  }
  out += "}\n";
  return out;
}

std::string FormatTextLine(const LogLine& line) {
  const auto second = std::chrono::floor<std::chrono::seconds>(line.time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(line.time - second);
  const std::time_t since_epoch = second.time_since_epoch().count();
  std::tm local{};
  localtime_r(&since_epoch, &local);
  std::string out =
      fmt::format("{:02}:{:02}:{:02}.{:03} {:<5} {}: {}", local.tm_hour, local.tm_min, local.tm_sec,
                  millis.count(), SeverityName(line.severity), EscapeUnprintable(line.logger),
                  EscapeUnprintable(TruncateUtf8(line.message, kFieldBytesMax)));
  const char* separator = "  ";
  const auto append = [&](std::string_view key, const LogField::Value& value) {
    out += separator;
    out += EscapeUnprintable(key);
    out += '=';
    AppendValue(out, value, AppendPlainText);
    separator = " ";
  };
  for (const LogField& field : line.fields) append(field.key(), field.value());
  if (line.error != nullptr) {
    append("err.code", InfoOf(line.error->code).name);
    append("err.message", std::string_view(line.error->message));
  }
  out += '\n';
  return out;
}

}  // namespace matinee
