#include "http/request_head.h"

#include "base/strings.h"
#include "http/target.h"

namespace matinee::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// "OPTIONS " and " HTTP/1.1", generously.
constexpr size_t kLineOverheadBytesMax = 64;

HeadState CheckFirstLine(std::string_view input, const HeadLimits& limits) {
  // Methods begin with a letter. TLS clients, for example, do not, and wait for an answer.
  if (input.front() < 'A' || input.front() > 'Z') return HeadState::kMalformed;
  const size_t end = input.find(kLineEnd);
  if (input.substr(0, end).size() > limits.target_bytes_max + kLineOverheadBytesMax) {
    return HeadState::kTargetTooLong;
  }
  if (end == std::string_view::npos) return HeadState::kIncomplete;
  const auto line = ParseRequestLine(input.substr(0, end));
  if (!line) return HeadState::kMalformed;
  return line->target.size() > limits.target_bytes_max ? HeadState::kTargetTooLong
                                                       : HeadState::kGood;
}

// `seen_length`: whether a Content-Length came before. Two of them allow request smuggling past a
// proxy.
HeadState CheckHeader(std::string_view line, const HeadLimits& limits, bool& seen_length) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HeadState::kMalformed;
  const std::string_view name = line.substr(0, colon);
  // Also refuses a folded line (it begins with a space), and "Name : value".
  if (name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
    return HeadState::kMalformed;
  }
  if (!EqualsIgnoreCase(name, "Content-Length")) return HeadState::kGood;
  const auto length = ParseInt(Trim(line.substr(colon + 1)));
  if (!length || *length < 0 || seen_length) return HeadState::kMalformed;
  seen_length = true;
  return static_cast<size_t>(*length) > limits.request_bytes_max ? HeadState::kTooLarge
                                                                 : HeadState::kGood;
}

}  // namespace

HeadState CheckHead(std::string_view input, const HeadLimits& limits) {
  if (input.empty()) return HeadState::kIncomplete;
  const HeadState first = CheckFirstLine(input, limits);
  if (first != HeadState::kGood) return first;
  const size_t end = input.find("\r\n\r\n");
  if (input.substr(0, end).size() > limits.request_bytes_max) return HeadState::kTooLarge;
  if (end == std::string_view::npos) return HeadState::kIncomplete;
  bool seen_length = false;
  std::string_view rest = input.substr(0, end + kLineEnd.size());
  rest.remove_prefix(rest.find(kLineEnd) + kLineEnd.size());
  while (!rest.empty()) {
    const size_t line_end = rest.find(kLineEnd);
    const HeadState header = CheckHeader(rest.substr(0, line_end), limits, seen_length);
    if (header != HeadState::kGood) return header;
    rest.remove_prefix(line_end + kLineEnd.size());
  }
  return HeadState::kGood;
}

std::optional<std::string> RemoveCookies(std::string& input) {
  std::optional<std::string> cookies;
  size_t at = input.find(kLineEnd) + kLineEnd.size();
  while (true) {
    const size_t end = input.find(kLineEnd, at);
    if (end == at || end == std::string::npos) return cookies;
    const std::string_view line = std::string_view(input).substr(at, end - at);
    const size_t colon = line.find(':');
    if (!EqualsIgnoreCase(line.substr(0, colon), "Cookie")) {
      at = end + kLineEnd.size();
      continue;
    }
    const std::string_view value = Trim(line.substr(colon + 1));
    cookies = cookies ? *cookies + "; " + std::string(value) : std::string(value);
    input.erase(at, end + kLineEnd.size() - at);
  }
}

}  // namespace matinee::http
