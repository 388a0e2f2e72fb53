#include <algorithm>
#include <string>
#include <utility>

#include "api/json.h"
#include "api/request_parser.h"
#include "api/routes_internal.h"
#include "base/ids.h"
#include "base/strings.h"
#include "library/download_name.h"
#include "library/gallery.h"

namespace matinee::api {
namespace {

using capture::Capture;
using capture::Phase;
using http::Access;
using http::Method;
using http::Request;
using http::Responder;
using http::Response;

constexpr size_t kIdempotencyKeyBytesMax = 128;
constexpr int64_t kOffsetMax = 1'000'000'000;

Response CaptureResponse(int status, const Capture& capture, const std::string& base_path) {
  return UncachedJson(status, ToJson(capture, base_path));
}

Response FromResult(const Result<Capture>& capture, const std::string& base_path) {
  return capture ? CaptureResponse(200, *capture, base_path) : Response::FromError(capture.error());
}

Result<std::string> IdempotencyKey(const Request& request) {
  const std::optional<std::string> key = request.Header("idempotency-key");
  if (!key) return "";
  const bool visible =
      std::all_of(key->begin(), key->end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (key->empty() || key->size() > kIdempotencyKeyBytesMax || !visible) {
    return Fail(Code::kInvalidArgument,
                "Idempotency-Key must be 1 to 128 visible ASCII characters, without spaces");
  }
  return *key;
}

bool PrefersAsync(const Request& request) {
  const std::string prefer = request.Header("prefer").value_or("");
  const auto preferences = Split(prefer, ',');
  return std::any_of(preferences.begin(), preferences.end(), [](std::string_view preference) {
    return EqualsIgnoreCase(Trim(preference.substr(0, preference.find(';'))), "respond-async");
  });
}

// Answers a request for a screenshot: when the capture is terminal, or 202 without waiting longer.
Response ScreenshotResponse(const Capture& capture, bool async, const std::string& base_path) {
  if (capture.phase == Phase::kComplete) return CaptureResponse(200, capture, base_path);
  if (capture::IsTerminal(capture.phase)) {
    Error error = capture.error.value_or(Error{Code::kInternal, "the capture failed"});
    // In the contract "cancelled" is an error code of captures only, not of requests.
    if (capture.phase == Phase::kCancelled) error = {Code::kConflict, "the capture was cancelled"};
    return Response::FromError(error, "\"id\":\"" + capture.id + "\"");
  }
  Response response = CaptureResponse(202, capture, base_path);
  response.headers.emplace_back("Location", base_path + "/api/captures/" + capture.id);
  if (async) response.headers.emplace_back("Preference-Applied", "respond-async");
  return response;
}

template <typename CaptureRequest>
using ParseFunction = Result<CaptureRequest> (*)(std::string_view);

template <typename CaptureRequest>
Result<CaptureRequest> ReadRequest(const Request& request, ParseFunction<CaptureRequest> parse) {
  TRY_ASSIGN(CaptureRequest parsed, parse(request.body));
  TRY_ASSIGN(parsed.idempotency_key, IdempotencyKey(request));
  parsed.client = request.client;
  return parsed;
}

http::Handler Screenshot(const Services& services, const std::string& base_path) {
  capture::Service& captures = services.captures;
  return [&captures, base_path](const Request& request, const Responder& respond) {
    const auto parsed = ReadRequest(request, &ParseScreenshotRequest);
    if (!parsed) return respond(Response::FromError(parsed.error()));
    const bool async = PrefersAsync(request);
    captures.Submit(*parsed, [&captures, base_path, async, respond](Result<Capture> submitted) {
      if (!submitted) return respond(Response::FromError(submitted.error()));
      if (async || capture::IsTerminal(submitted->phase)) {
        return respond(ScreenshotResponse(*submitted, async, base_path));
      }
      captures.AwaitTerminal(submitted->id, kScreenshotWait,
                             [base_path, respond](Result<Capture> capture) {
                               respond(capture ? ScreenshotResponse(*capture, false, base_path)
                                               : Response::FromError(capture.error()));
                             });
    });
  };
}

http::Handler Clip(const Services& services, const std::string& base_path) {
  capture::Service& captures = services.captures;
  return [&captures, base_path](const Request& request, const Responder& respond) {
    const auto parsed = ReadRequest(request, &ParseClipRequest);
    if (!parsed) return respond(Response::FromError(parsed.error()));
    captures.Submit(*parsed, [base_path, respond](const Result<Capture>& submitted) {
      respond(FromResult(submitted, base_path));
    });
  };
}

Result<int64_t> IntegerQuery(const Request& request, std::string_view name, int64_t fallback,
                             int64_t least, int64_t most) {
  TRY_ASSIGN(const std::optional<std::string> text, request.Query(name));
  if (!text) return fallback;
  const auto value = ParseInt(*text);
  if (!value || *value < least || *value > most) {
    return Fail(Code::kInvalidArgument, std::string(name) + " must be a whole number from " +
                                            std::to_string(least) + " to " + std::to_string(most));
  }
  return *value;
}

Result<library::GalleryQuery> ReadGalleryQuery(const Request& request) {
  library::GalleryQuery query;
  TRY_ASSIGN(query.limit,
             IntegerQuery(request, "limit", library::kPageDefault, 1, library::kPageMax));
  TRY_ASSIGN(query.offset, IntegerQuery(request, "offset", 0, 0, kOffsetMax));
  TRY_ASSIGN(const std::optional<std::string> type, request.Query("capture_type"));
  if (type) {
    query.type = capture::TypeFromString(*type);
    if (!query.type) {
      return Fail(Code::kInvalidArgument, "capture_type must be screenshot or clip");
    }
  }
  return query;
}

// Makes the Link header (RFC 8288): first, previous, next and last page.
std::string PageLinks(const library::GalleryQuery& query, int64_t total,
                      const std::string& base_path) {
  std::string links;
  const auto add = [&](int64_t offset, const char* relation) {
    if (!links.empty()) links += ", ";
    links += "<" + base_path + "/api/captures?limit=" + std::to_string(query.limit) +
             "&offset=" + std::to_string(offset);
    if (query.type) links += "&capture_type=" + std::string(capture::ToString(*query.type));
    links += std::string(">; rel=\"") + relation + "\"";
  };
  const int64_t last = total == 0 ? 0 : (total - 1) / query.limit * query.limit;
  add(0, "first");
  if (query.offset > 0) add(std::max<int64_t>(0, query.offset - query.limit), "prev");
  if (query.offset + query.limit < total) add(query.offset + query.limit, "next");
  add(last, "last");
  return links;
}

http::SyncHandler List(const Services& services, const std::string& base_path) {
  sql::Database& database = services.database;
  return [&database, base_path](const Request& request) {
    const auto query = ReadGalleryQuery(request);
    if (!query) return Response::FromError(query.error());
    const auto page = library::ListCaptures(database, *query);
    if (!page) return Response::FromError(page.error());
    Response response = UncachedJson(200, ToJson(page->captures, base_path));
    response.headers.emplace_back("X-Total-Count", std::to_string(page->total));
    response.headers.emplace_back("Link", PageLinks(*query, page->total, base_path));
    return response;
  };
}

// Returns the capture of the id in the path. A malformed id is not found.
Result<Capture> FindCapture(capture::Service& captures, const std::string& id) {
  if (!IsUuid(id)) return Fail(Code::kNotFound, "there is no capture with this id");
  return captures.Get(id);
}

// Lets nginx deliver the file with its caching headers: see /_captures/ in edge/nginx_config.cc.
Response AccelRedirect(const std::string& stored_name, std::string_view content_type) {
  Response response;
  response.content_type = content_type;
  response.headers.emplace_back("X-Accel-Redirect", "/_captures/" + stored_name);
  return response;
}

// As FindCapture; fails with kConflict unless the capture is complete.
Result<Capture> FindComplete(capture::Service& captures, const std::string& id) {
  TRY_ASSIGN(Capture capture, FindCapture(captures, id));
  if (capture.phase == Phase::kComplete) return capture;
  return Fail(Code::kConflict, capture::IsTerminal(capture.phase)
                                   ? "the capture failed, so there is no file"
                                   : "the capture is not finished yet");
}

http::SyncHandler Download(const Services& services) {
  capture::Service& captures = services.captures;
  return [&captures](const Request& request) {
    const auto capture = FindComplete(captures, request.params.at("id"));
    if (!capture) return Response::FromError(capture.error());
    Response response = AccelRedirect(capture->file_name, capture::ContentType(capture->spec.type));
    response.headers.emplace_back(
        "Content-Disposition",
        library::ContentDisposition("attachment", library::DownloadName(*capture)));
    return response;
  };
}

http::SyncHandler Thumbnail(const Services& services) {
  capture::Service& captures = services.captures;
  return [&captures](const Request& request) {
    const auto capture = FindComplete(captures, request.params.at("id"));
    if (!capture) return Response::FromError(capture.error());
    if (!capture->has_thumbnail) {
      return Response::FromError({Code::kNotFound, "this capture has no thumbnail"});
    }
    return AccelRedirect(capture::ThumbnailName(capture->file_name), "image/jpeg");
  };
}

// /captures/{file_name}: serves only names of complete captures, so no other file in the folder.
http::SyncHandler File(const Services& services) {
  capture::Service& captures = services.captures;
  return [&captures](const Request& request) {
    const std::string& name = request.params.at("file_name");
    const auto capture = FindCapture(captures, name.substr(0, name.find('.')));
    if (!capture || capture->file_name != name || capture->phase != Phase::kComplete) {
      return Response::FromError({Code::kNotFound, "there is no capture with this file name"});
    }
    Response response = AccelRedirect(name, capture::ContentType(capture->spec.type));
    response.headers.emplace_back(
        "Content-Disposition",
        library::ContentDisposition("inline", library::DownloadName(*capture)));
    return response;
  };
}

using Action = Result<Capture> (capture::Service::*)(const std::string&);

http::SyncHandler CaptureAction(const Services& services, Action action,
                                const std::string& base_path) {
  capture::Service& captures = services.captures;
  return [&captures, action, base_path](const Request& request) {
    if (const Status empty = ParseEmptyBody(request.body); !empty) {
      return Response::FromError(empty.error());
    }
    const auto found = FindCapture(captures, request.params.at("id"));
    if (!found) return Response::FromError(found.error());
    return FromResult((captures.*action)(found->id), base_path);
  };
}

http::SyncHandler Delete(const Services& services) {
  capture::Service& captures = services.captures;
  return [&captures](const Request& request) {
    const auto found = FindCapture(captures, request.params.at("id"));
    if (!found) return Response::FromError(found.error());
    if (const Status deleted = captures.Delete(found->id); !deleted) {
      return Response::FromError(deleted.error());
    }
    return Response::Json(200, R"({"deleted":")" + found->id + "\"}");
  };
}

}  // namespace

void AddCaptureRoutes(const Services& services, const ApiOptions& options, RouteList& routes) {
  const std::string& base = options.base_path;
  routes.push_back(
      {Method::kPost, "/api/capture/screenshot", Access::kUser, Screenshot(services, base)});
  routes.push_back({Method::kPost, "/api/capture/clip", Access::kUser, Clip(services, base)});
  routes.push_back(Sync(Method::kGet, "/api/captures", Access::kUser, List(services, base)));
  routes.push_back(Sync(Method::kGet, "/api/captures/{id}", Access::kUser,
                        [&captures = services.captures, base](const Request& request) {
                          return FromResult(FindCapture(captures, request.params.at("id")), base);
                        }));
  routes.push_back(Sync(Method::kDelete, "/api/captures/{id}", Access::kUser, Delete(services)));
  for (const auto& [path, action] :
       {std::pair("/api/captures/{id}/cancel", &capture::Service::Cancel),
        std::pair("/api/captures/{id}/retry", &capture::Service::Retry)}) {
    routes.push_back(
        Sync(Method::kPost, path, Access::kUser, CaptureAction(services, action, base)));
    routes.back().body_optional = true;
  }
  routes.push_back(
      Sync(Method::kGet, "/api/captures/{id}/file", Access::kUser, Download(services)));
  routes.push_back(
      Sync(Method::kGet, "/api/captures/{id}/thumbnail", Access::kUser, Thumbnail(services)));
  routes.push_back(Sync(Method::kGet, "/captures/{file_name}", Access::kUser, File(services)));
}

}  // namespace matinee::api
