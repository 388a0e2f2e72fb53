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

// Per media server, so that one that hangs holds up neither the API nor the others' pictures. A
// page shows a handful of posters at once.
constexpr size_t kFetchThreads = 2;
constexpr size_t kFetchQueueMax = 32;

struct Fetcher {
  explicit Fetcher(media::MediaServer& media_server)
      : server(media_server), executor("pictures", kFetchThreads, kFetchQueueMax) {}

  media::MediaServer& server;
  Executor executor;
};

using Fetchers = std::vector<std::unique_ptr<Fetcher>>;

Response PictureResponse(const Result<media::Image>& picture) {
  if (!picture) return Response::FromError(picture.error());
  Response response;
  response.content_type = picture->content_type;
  response.body = picture->bytes;
  response.headers.emplace_back("Cache-Control",
                                "private, max-age=" + std::to_string(media::kImageMaxAge.count()));
  // Shown as a picture or not at all, whatever the bytes are.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

// The server of this kind with this name; without a name, the first of its kind.
Result<Fetcher*> FindFetcher(const Fetchers& fetchers, media::MediaServerType source,
                             const std::optional<std::string>& name) {
  for (const auto& fetcher : fetchers) {
    const media::MediaServer& server = fetcher->server;
    if (server.source() == source && (!name || server.name() == *name)) return fetcher.get();
  }
  return Fail(Code::kNotFound, "no such media server is configured");
}

struct PictureWanted {
  Fetcher* fetcher;
  std::string path;
};

Result<PictureWanted> ReadPictureRequest(const Request& request, const Fetchers& fetchers,
                                         media::MediaServerType source) {
  TRY_ASSIGN(const std::optional<std::string> path, request.Query("path"));
  TRY_ASSIGN(const std::optional<std::string> name, request.Query("server"));
  if (!path) return Fail(Code::kInvalidArgument, "path is missing");
  // Said before anything is asked: what is not allowed needs no server.
  TRY(media::AllowedImagePath(source, *path));
  TRY_ASSIGN(Fetcher* const fetcher, FindFetcher(fetchers, source, name));
  return PictureWanted{fetcher, *path};
}

http::Handler Proxy(const std::shared_ptr<Fetchers>& fetchers, media::MediaServerType source) {
  return [fetchers, source](const Request& request, const Responder& respond) {
    const auto wanted = ReadPictureRequest(request, *fetchers, source);
    if (!wanted) return respond(Response::FromError(wanted.error()));
    Fetcher& fetcher = *wanted->fetcher;
    const bool accepted = fetcher.executor.TrySubmit([&fetcher, path = wanted->path, respond] {
      respond(PictureResponse(media::FetchProxied(fetcher.server, path)));
    });
    if (!accepted) {
      respond(Response::FromError({Code::kUnavailable, "too many pictures at once; try again"}));
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
    routes.push_back({http::Method::kGet, path, Proxy(fetchers, source)});
  }
}

}  // namespace matinee::api
