// Pictures of the media servers for the page, without the token: the proxy behind /api/proxy/….
//
// The proxy speaks with the owner's token, so it serves nothing but pictures: only paths of the
// shapes below, built anew from their parsed parts, reach a server.
//   Plex      /photo/:/transcode?url=/library/…&width=…, /library/metadata/{n}/thumb/{n}, …/art/…,
//             /library/sections/{n}/composite/{n}, /library/media/{n}/chapterImages/{n}
//   Jellyfin, Emby   /Items/{id}/Images/{type}[/{index}], /Users/{id}/Images/{type}
//
// Thread safety: pure functions; FetchProxied as the server's FetchImage.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "media/media_server.h"
#include "media/playback_session.h"

namespace matinee::media {

// How long a browser may keep a picture: its path changes when the picture does.
constexpr std::chrono::seconds kPictureKeep{86400};
// As in the API's contract; the longest that we make ourselves is under 200 bytes.
constexpr size_t kPicturePathBytesMax = 1024;

// The path and query to ask the server for, or kPermissionDenied with a reason. `path` is what the
// client sent, percent-decoded once (as a query parameter is).
Result<std::string> AllowedImagePath(MediaServerType source, std::string_view path);

// The media type of a Content-Type header in lower case, if it is a picture that a browser may show
// without harm (SVG is not: it can hold scripts). Fails with kBadGateway.
Result<std::string> ImageType(std::string_view content_type);

// The picture at `path`, if it is one. Fails with kPermissionDenied, kNotFound (the server has no
// such picture), kUnavailable, kDeadlineExceeded, kBadGateway (all else that went wrong there).
Result<Image> FetchProxied(MediaServer& server, std::string_view path);

}  // namespace matinee::media
