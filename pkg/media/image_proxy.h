// Proxies images of the media servers to the page without exposing the token (/api/proxy/…).
//
// The proxy authenticates with the owner's token, so it serves images only: a server receives only
// paths of the shapes below, rebuilt from their parsed parts.
//   Plex      /photo/:/transcode?url=/library/…&width=…, /library/metadata/{n}/thumb/{n}, …/art/…,
//             /library/sections/{n}/composite/{n}, /library/media/{n}/chapterImages/{n};
//             the transcoder's url may also be a channel logo on a host of Plex's own that serves
//             nothing but images
//   Jellyfin, Emby   /Items/{id}/Images/{type}[/{index}], /Users/{id}/Images/{type}
//
// Thread safety: pure functions; FetchProxied like MediaServer::FetchImage.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/media_server.h"
#include "media/playback_session.h"

namespace matinee::media {

// How long a browser may cache an image: its path changes when the image does.
constexpr std::chrono::seconds kImageMaxAge{86400};
// As in the API contract; the longest path that Matinee makes is under 200 bytes.
constexpr size_t kImagePathBytesMax = 1024;

// Returns the path and query to request from the server, or kPermissionDenied with a reason. `path`
// is what the client sent, percent-decoded once (as a query parameter is).
Result<std::string> AllowedImagePath(MediaServerType source, std::string_view path);

// Returns the first of `paths` that AllowedImagePath accepts, unchanged; empty if there is none.
// The servers' adapters choose a session's thumbnail with it, so that the page never receives an
// address that the proxy refuses.
std::optional<std::string> FirstAllowedImage(MediaServerType source,
                                             const std::vector<std::string>& paths);

// Returns the media type of a Content-Type header in lower case if it is an image that is safe in a
// browser (SVG is not: it can hold scripts). Fails with kBadGateway.
Result<std::string> ImageType(std::string_view content_type);

// Fetches the image at `path`. Fails with kPermissionDenied, kNotFound (the server has no such
// image), kUnavailable, kDeadlineExceeded, kBadGateway (any other error of the server).
Result<Image> FetchProxied(MediaServer& server, std::string_view path);

}  // namespace matinee::media
