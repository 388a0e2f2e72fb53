#include <memory>
#include <string>
#include <utility>

#include "api/routes_internal.h"
#include "base/executor.h"
#include "media/image_proxy.h"

namespace matinee::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;

// Threads and queue per media server, so that one that hangs blocks neither the API nor the images
// of others. A page shows a handful of posters at once.
constexpr size_t kFetchThreads = 2;
constexpr size_t kFetchQueueMax = 32;

struct Fetcher {
  explicit Fetcher(media::MediaServer& media_server)
      : server(media_server), executor("images", kFetchThreads, kFetchQueueMax) {}

  media::MediaServer& server;
  Executor executor;
};

using Fetchers = std::vector<std::unique_ptr<Fetcher>>;

Response ImageResponse(const Result<media::Image>& image) {
  if (!image) return Response::FromError(image.error());
  Response response;
  response.content_type = image->content_type;
  response.body = image->bytes;
  response.headers.emplace_back("Cache-Control",
                                "private, max-age=" + std::to_string(media::kImageMaxAge.count()));
  // Browsers show the bytes as an image or not at all.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

// Returns the server of this type and name; without a name, the first of the type.
Result<Fetcher*> FindFetcher(const Fetchers& fetchers, media::MediaServerType source,
                             const std::optional<std::string>& name) {
  for (const auto& fetcher : fetchers) {
    const media::MediaServer& server = fetcher->server;
    if (server.source() == source && (!name || server.name() == *name)) return fetcher.get();
  }
  return Fail(Code::kNotFound, "this media server is not configured");
}

struct ImageRequest {
  Fetcher* fetcher;
  std::string path;
};

Result<ImageRequest> ReadImageRequest(const Request& request, const Fetchers& fetchers,
                                      media::MediaServerType source) {
  TRY_ASSIGN(const std::optional<std::string> path, request.Query("path"));
  TRY_ASSIGN(const std::optional<std::string> name, request.Query("server"));
  if (!path) return Fail(Code::kInvalidArgument, "path is missing");
  // Checked first, so that a path that is not allowed is refused without a server too.
  TRY(media::AllowedImagePath(source, *path));
  TRY_ASSIGN(Fetcher* const fetcher, FindFetcher(fetchers, source, name));
  return ImageRequest{fetcher, *path};
}

http::Handler Proxy(const std::shared_ptr<Fetchers>& fetchers, media::MediaServerType source) {
  return [fetchers, source](const Request& request, const Responder& respond) {
    const auto image = ReadImageRequest(request, *fetchers, source);
    if (!image) return respond(Response::FromError(image.error()));
    Fetcher& fetcher = *image->fetcher;
    const bool accepted = fetcher.executor.TrySubmit([&fetcher, path = image->path, respond] {
      respond(ImageResponse(media::FetchProxied(fetcher.server, path)));
    });
    if (!accepted) {
      respond(
          Response::FromError({Code::kUnavailable, "too many image requests at once; try again"}));
    }
  };
}

}  // namespace

void AddImageRoutes(const Services& services, RouteList& routes) {
  auto fetchers = std::make_shared<Fetchers>();
  for (media::MediaServer* server : services.sessions.Servers()) {
    fetchers->push_back(std::make_unique<Fetcher>(*server));
  }
  for (const auto source : {media::MediaServerType::kPlex, media::MediaServerType::kJellyfin,
                            media::MediaServerType::kEmby}) {
    const std::string path = "/api/proxy/" + std::string(media::ToString(source));
    routes.push_back({http::Method::kGet, path, http::Access::kUser, Proxy(fetchers, source)});
  }
}

}  // namespace matinee::api
