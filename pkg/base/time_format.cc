#include "base/time_format.h"

#include <array>
#include <cstdio>
#include <optional>

namespace matinee {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Consumes exactly `count` digits at the front of `text`.
std::optional<int> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool TakeOne(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" -> 500000. Digits after the sixth are dropped; a missing fraction is 0.
std::optional<Micros> TakeFraction(std::string_view& text) {
  if (!TakeOne(text, ".")) return Micros(0);
  int64_t micros = 0;
  size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9) {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (size_t i = digits; i < 6; ++i) micros *= 10;
  return Micros(micros);
}

std::optional<minutes> TakeOffset(std::string_view& text) {
  if (TakeOne(text, "Zz")) return minutes(0);
  if (text.empty()) return std::nullopt;
  const char sign = text.front();
  if (!TakeOne(text, "+-")) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  TakeOne(text, ":");
  const auto minute = TakeDigits(text, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return sign == '-' ? -offset : offset;
}

std::optional<WallTime> TakeTime(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !TakeOne(text, "-")) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !TakeOne(text, "-")) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || !TakeOne(text, "Tt ")) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || !TakeOne(text, ":")) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || !TakeOne(text, ":")) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // 60 is a leap second; POSIX time has none, so it counts as the next second.
  if (!date.ok() || *year < 1970 || *year > 2999 || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) +
                  seconds(*second) + *fraction - *offset);
}

}  // namespace

std::string FormatTime(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - day);
  const std::chrono::hh_mm_ss clock(millis);
  std::array<char, 48> buffer{};
  const int written = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d+00:00",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return std::string(buffer.data(), static_cast<size_t>(written));
}

Result<WallTime> ParseTime(std::string_view text) {
  const auto time = TakeTime(text);
  if (!time) {
    return Fail(Code::kInvalidArgument,
                "not a time like 2026-02-18T12:00:00.250Z (RFC 3339, years 1970 to 2999)");
  }
  return *time;
}

int64_t ToMicros(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime FromMicros(int64_t micros) {
  return WallTime(Micros(micros));
}

}  // namespace matinee
