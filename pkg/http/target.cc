#include "http/target.h"

#include <algorithm>

#include "base/strings.h"

namespace matinee::http {
namespace {

// More parameters than any route has; the size limit of the target bounds them too.
constexpr size_t kQueryParametersMax = 64;

tl::unexpected<Error> Malformed(const std::string& why) {
  return Fail(Code::kMalformed, why);
}

Result<std::string> Decode(std::string_view text, bool plus_is_space) {
  auto decoded = PercentDecode(text, plus_is_space);
  if (!decoded) return Malformed("The address has an invalid percent escape.");
  if (decoded->find('\0') != std::string::npos) return Malformed("The address has a NUL.");
  return *std::move(decoded);
}

Status ParseQuery(std::string_view text, Target& target) {
  if (text.empty()) return {};
  for (const std::string_view pair : Split(text, '&')) {
    if (pair.empty()) continue;
    if (target.query.size() == kQueryParametersMax) {
      return Malformed("The address has too many query parameters.");
    }
    const size_t equals = pair.find('=');
    TRY_ASSIGN(std::string name, Decode(pair.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      TRY_ASSIGN(value, Decode(pair.substr(equals + 1), true));
    }
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

Result<RequestLine> ParseRequestLine(std::string_view line) {
  const auto parts = Split(line, ' ');
  if (parts.size() != 3) return Malformed("The first line of the request is not HTTP.");
  RequestLine parsed{parts[0], parts[1], parts[2] == "HTTP/1.1"};
  if (!parsed.is_http_1_1 && parts[2] != "HTTP/1.0") {
    return Malformed("The request is not HTTP/1.1.");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(parsed.target.begin(), parsed.target.end(), is_control)) {
    return Malformed("The address has a control character.");
  }
  return parsed;
}

Result<Target> ParseTarget(std::string_view target) {
  if (!target.starts_with('/')) return Malformed("The address does not begin with a slash.");
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  Target parsed;
  for (const std::string_view segment : Split(target.substr(1, question - 1), '/')) {
    TRY_ASSIGN(std::string decoded, Decode(segment, false));
    parsed.path += "/" + decoded;
    parsed.segments.push_back(std::move(decoded));
  }
  if (question != std::string_view::npos) TRY(ParseQuery(target.substr(question + 1), parsed));
  return parsed;
}

}  // namespace matinee::http
