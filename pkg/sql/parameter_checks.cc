#include "sql/parameter_checks.h"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "base/strings.h"

namespace matinee::sql {
namespace {

std::string_view WhyNotStorable(const Value::Variant& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->find('\0') != std::string::npos) return "holds a NUL byte";
    if (!IsUtf8(*text)) return "is not UTF-8";
  }
  if (const auto* number = std::get_if<double>(&value); number != nullptr && std::isnan(*number)) {
    return "is not a number";
  }
  return {};
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// What stands at the beginning of `text` and holds no parameters, in characters: a quoted text or
// name, a comment; 0 if neither.
size_t SkipOpaque(std::string_view text) {
  const char first = text.front();
  size_t end = std::string_view::npos;
  if (first == '\'' || first == '"') {
    end = text.find(first, 1);  // A doubled quote begins another one at once.
  } else if (text.starts_with("--")) {
    end = text.find('\n');
  } else if (text.starts_with("/*")) {
    end = text.find("*/", 2);
    if (end != std::string_view::npos) ++end;
  } else {
    return 0;
  }
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

std::string QueryLabel(const Query& query) {
  return "query " + std::string(query.name);
}

tl::unexpected<Error> QueryError(const Query& query, Code code, const std::string& message) {
  return Fail(code, QueryLabel(query) + ": " + message);
}

tl::unexpected<Error> TooManyRows(const Query& query) {
  return QueryError(query, Code::kInternal,
                    "it returns more than " + std::to_string(kRowsMax) + " rows; it lacks a LIMIT");
}

Status CheckValues(const Query& query, std::span<const Value> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (const auto why = WhyNotStorable(values[i].get()); !why.empty()) {
      return QueryError(query, Code::kInvalidArgument,
                        "the value of $" + std::to_string(i + 1) + " " + std::string(why));
    }
  }
  return {};
}

Status CheckCount(const Query& query, size_t parameters, std::span<const Value> values) {
  if (values.size() == parameters) return {};
  return QueryError(query, Code::kInternal,
                    "it has " + std::to_string(parameters) + " parameters and got " +
                        std::to_string(values.size()) + " values");
}

Result<size_t> CountParameters(const Query& query) {
  const std::string_view text = query.text;
  std::vector<bool> seen;
  for (size_t i = 0; i < text.size();) {
    if (const size_t opaque = SkipOpaque(text.substr(i)); opaque > 0) {
      i += opaque;
      continue;
    }
    const char c = text[i++];
    const bool cast = c == ':' && text.substr(i).starts_with(":");
    if (c == '?' || cast || (c == ':' && i < text.size() && IsWord(text[i]))) {
      return QueryError(query, Code::kInternal,
                        "its parameters must be written $1, $2, ..., and casts CAST($1 AS TEXT)");
    }
    if (c != '$') continue;
    size_t end = i;
    while (end < text.size() && IsWord(text[end])) ++end;
    const std::string_view digits = text.substr(i, end - i);
    const auto number = ParseInt(digits);
    if (!number || *number < 1 || *number > 1000 || std::to_string(*number) != digits) {
      return QueryError(query, Code::kInternal,
                        "\"$" + std::string(digits) + "\" is not a parameter");
    }
    const auto index = static_cast<size_t>(*number);
    if (seen.size() < index) seen.resize(index);
    seen[index - 1] = true;
    i = end;
  }
  if (std::find(seen.begin(), seen.end(), false) != seen.end()) {
    return QueryError(query, Code::kInternal, "a number is missing among its parameters");
  }
  return seen.size();
}

}  // namespace matinee::sql
