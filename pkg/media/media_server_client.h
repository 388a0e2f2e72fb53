// HTTP to one media server: its address and credentials, limits, and every failure as a sentence.
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

// How a media server is called in sentences, and which settings hold its address and its token.
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

  // The answer, if its status is 200. Fails with kUnavailable, kDeadlineExceeded (also when
  // `deadline` is past), kUnauthenticated (401, 403), kNotFound (404), kBadGateway (anything else).
  // `accept` replaces the usual Accept header.
  [[nodiscard]] Result<http::ClientResponse> Get(const std::string& path, size_t bytes_max,
                                                 MonoTime deadline,
                                                 std::string_view accept = {}) const;

 private:
  [[nodiscard]] Error Explain(const Error& error) const;

  MediaServerType source_;
  std::string base_url_;
  std::string origin_;  // Scheme, host and port of it; empty if it is no address.
  std::string host_;
  std::string accept_;
  std::pair<std::string, Secret> secret_header_;
  http::Client& client_;
  const Clock& clock_;
};

// Whether a failed Get got an answer of some kind.
bool HasAnswered(const Error& error);

// The time in an HTTP Date header: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7; the
// two obsolete forms are not read).
std::optional<WallTime> ParseHttpDate(std::string_view text);

}  // namespace matinee::media
