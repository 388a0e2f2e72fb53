#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/strings.h"
#include "http/client.h"

namespace matinee::http {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Returns the part, or "" if the URL has none.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool HasForbiddenCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '\\' || c == '"' || c == '<' || c == '>';
  });
}

// Never quotes the URL: users paste keys into it.
tl::unexpected<Error> Refuse(const std::string& why) {
  return Fail(Code::kInvalidArgument, "The address " + why + ".");
}

}  // namespace

Result<Url> ParseBaseUrl(const std::string& text) {
  if (HasForbiddenCharacter(text)) return Refuse("contains a space, quote or backslash");
  const std::string lower = ToLower(text);
  if (!lower.starts_with("http://") && !lower.starts_with("https://")) {
    return Refuse("must begin with http:// or https://");
  }
  // curl would use the first segment of the path as host.
  if (text.find(":///") != std::string::npos) return Refuse("has no host");
  const UrlHandle handle(curl_url(), curl_url_cleanup);
  if (handle == nullptr) return Fail(Code::kUnavailable, "out of memory");
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return Refuse("is not a valid URL");
  }
  if (!Part(handle.get(), CURLUPART_USER).empty() ||
      !Part(handle.get(), CURLUPART_PASSWORD).empty()) {
    return Refuse("must not contain a user name or password");
  }
  if (text.find_first_of("?#") != std::string::npos) return Refuse("must not have a ? or # part");

  Url url;
  url.scheme = Part(handle.get(), CURLUPART_SCHEME);
  url.host = Part(handle.get(), CURLUPART_HOST);
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  url.port = Part(handle.get(), CURLUPART_PORT);
  url.path = Part(handle.get(), CURLUPART_PATH);
  while (url.path.ends_with('/')) url.path.pop_back();
  if (url.host.empty()) return Refuse("has no host");
  return url;
}

}  // namespace matinee::http
