// An HTTP client of one media server: its address and credentials, limits, and error messages.
//
// Thread safety: Get may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "media/playback_session.h"

namespace matinee::media {

// The name of a media server in messages, and the settings of its address and token.
struct Product {
  std::string_view name;           // "Plex"
  std::string_view token_word;     // "token" or "API key"
  std::string_view url_setting;    // "PLEX_URL"
  std::string_view token_setting;  // "PLEX_TOKEN"
};
const Product& ProductOf(MediaServerType source);

class MediaServerClient {
 public:
  // `base_url` without a slash at its end; `secret_header` carries the credentials.
  MediaServerClient(MediaServerType source, std::string base_url, std::string accept,
                    std::pair<std::string, Secret> secret_header, http::Client& client,
                    const Clock& clock);

  // Returns the response if its status is 200. Fails with kUnavailable, kDeadlineExceeded (also
  // when `deadline` is past), kUnauthenticated (401, 403), kNotFound (404), kBadGateway (anything
  // else). `accept` replaces the usual Accept header.
  [[nodiscard]] Result<http::ClientResponse> Get(const std::string& path, size_t bytes_max,
                                                 MonoTime deadline,
                                                 std::string_view accept = {}) const;

 private:
  [[nodiscard]] Error Explain(const Error& error) const;

  MediaServerType source_;
  std::string base_url_;
  std::string origin_;  // Its scheme, host and port; empty if it is not valid.
  std::string host_;
  std::string accept_;
  std::pair<std::string, Secret> secret_header_;
  http::Client& client_;
  const Clock& clock_;
};

// Whether a failed Get received a response.
bool HasAnswered(const Error& error);

// Parses an HTTP Date header: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7; the
// two obsolete forms are not supported).
std::optional<WallTime> ParseHttpDate(std::string_view text);

}  // namespace matinee::media
