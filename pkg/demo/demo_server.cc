#include "demo/demo_server.h"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "base/time_format.h"
#include "demo/film.h"
#include "http/server.h"

namespace matinee::demo {
namespace {

using Json = nlohmann::json;
using http::Request;
using http::Response;

constexpr std::string_view kServerId = "d3300000000000000000000000000000";
constexpr std::string_view kSessionId = "d3300000000000000000000000000001";
constexpr std::string_view kUserId = "d3300000000000000000000000000002";
constexpr std::string_view kItemId = "d3300000000000000000000000000003";
constexpr std::string_view kLibraryId = "d3300000000000000000000000000004";
constexpr std::string_view kImageTag = "d33000000000000000000000000000a1";
// The version whose responses these imitate.
constexpr std::string_view kVersion = "10.10.7";
constexpr size_t kImageBytesMax = size_t{1024} * 1024;
constexpr int64_t kTicksPerSecond = 10000000;
constexpr int kYear = 2026;

Response JsonResponse(const Json& json) {
  return Response::Json(200, json.dump());
}

// As in Jellyfin, without a body.
Response EmptyResponse(int status) {
  Response response;
  response.status = status;
  return response;
}

// Jellyfin writes seven digits of a second.
std::string JellyfinTime(WallTime time) {
  return FormatTime(time).substr(0, 23) + "0000Z";
}

Json Stream(int index, std::string_view type, std::string_view codec) {
  Json stream = {{"Codec", codec},         {"Type", type},      {"Index", index},
                 {"IsDefault", index < 2}, {"IsForced", false}, {"IsExternal", false},
                 {"IsInterlaced", false}};
  if (type != "Video") stream["Language"] = "eng";
  return stream;
}

Json Streams() {
  return {Stream(0, "Video", "h264"), Stream(1, "Audio", "aac"), Stream(2, "Subtitle", "subrip")};
}

}  // namespace

struct DemoServer::Impl {
  Impl(DemoOptions demo_options, process::Runner& process_runner, const Clock& the_clock)
      : options(std::move(demo_options)), runner(process_runner), clock(the_clock) {}

  // `Authorization: MediaBrowser Token="…"` in any order of its parts, or ?ApiKey=.
  [[nodiscard]] bool IsAuthorised(const Request& request) const {
    const std::string header = request.Header("authorization").value_or("");
    const bool by_header = header.starts_with("MediaBrowser ") &&
                           header.find("Token=\"" + options.api_key + "\"") != std::string::npos;
    const auto by_query = request.Query("ApiKey");
    return by_header || (by_query && *by_query == options.api_key);
  }

  http::Route AuthorisedRoute(std::string path, Json (Impl::*answer)() const) const {
    return http::Sync(http::Method::kGet, std::move(path), http::Access::kPublic,
                      [this, answer](const Request& request) {
                        return IsAuthorised(request) ? JsonResponse((this->*answer)())
                                                     : EmptyResponse(401);
                      });
  }

  http::Route ItemRoute(std::string path, std::function<Response(const Request&)> answer) const {
    return http::Sync(http::Method::kGet, std::move(path), http::Access::kPublic,
                      [answer = std::move(answer)](const Request& request) {
                        return request.params.at("id") == kItemId ? answer(request)
                                                                  : EmptyResponse(404);
                      });
  }

  [[nodiscard]] std::vector<http::Route> Routes() const {
    return {
        http::Sync(http::Method::kGet, "/System/Info/Public", http::Access::kPublic,
                   [this](const Request&) { return JsonResponse(Info()); }),
        AuthorisedRoute("/System/Info", &Impl::Info),
        AuthorisedRoute("/Sessions", &Impl::Sessions),
        AuthorisedRoute("/Library/VirtualFolders", &Impl::Libraries),
        ItemRoute("/Items/{id}/PlaybackInfo",
                  [this](const Request& request) {
                    return IsAuthorised(request) ? JsonResponse(PlaybackInfo())
                                                 : EmptyResponse(401);
                  }),
        // Jellyfin serves images without authentication.
        ItemRoute("/Items/{id}/Images/Primary",
                  [this](const Request&) {
                    Response response;
                    response.content_type = "image/jpeg";
                    response.body = image;
                    return response;
                  }),
    };
  }

  [[nodiscard]] Json Info() const {
    return {
        {"ServerName", "Matinee demo"}, {"Version", kVersion}, {"ProductName", "Jellyfin Server"},
        {"OperatingSystem", ""},        {"Id", kServerId},     {"StartupWizardCompleted", true}};
  }

  [[nodiscard]] Json Item() const {
    return {{"Name", kFilmTitle},
            {"ServerId", kServerId},
            {"Id", kItemId},
            {"Container", "mkv"},
            {"Path", film.path},
            {"RunTimeTicks", kFilmSeconds * kTicksPerSecond},
            {"ProductionYear", kYear},
            {"IsFolder", false},
            {"Type", "Movie"},
            {"MediaStreams", Streams()},
            {"VideoType", "VideoFile"},
            {"ImageTags", {{"Primary", kImageTag}}},
            {"BackdropImageTags", Json::array()},
            {"LocationType", "FileSystem"},
            {"MediaType", "Video"},
            {"Width", 1280},
            {"Height", 720}};
  }

  [[nodiscard]] Json Sessions() const {
    const double played = std::chrono::duration<double>(clock.Mono() - started).count();
    const double position = std::fmod(played, kFilmSeconds);
    const std::string now = JellyfinTime(clock.Now());
    const Json play_state = {{"PositionTicks", std::llround(position * kTicksPerSecond)},
                             {"CanSeek", true},
                             {"IsPaused", false},
                             {"IsMuted", false},
                             {"VolumeLevel", 100},
                             {"AudioStreamIndex", 1},
                             {"SubtitleStreamIndex", -1},
                             {"MediaSourceId", kItemId},
                             {"PlayMethod", "DirectPlay"},
                             {"RepeatMode", "RepeatOne"}};
    return Json::array({{{"PlayState", play_state},
                         {"AdditionalUsers", Json::array()},
                         {"PlayableMediaTypes", {"Audio", "Video"}},
                         {"Id", kSessionId},
                         {"UserId", kUserId},
                         {"UserName", "Demo"},
                         {"Client", "Matinee"},
                         {"LastActivityDate", now},
                         {"LastPlaybackCheckIn", now},
                         {"DeviceName", "Demo screen"},
                         {"NowPlayingItem", Item()},
                         {"DeviceId", "demo"},
                         {"ApplicationVersion", kVersion},
                         {"IsActive", true},
                         {"NowPlayingQueue", Json::array()},
                         {"ServerId", kServerId}}});
  }

  [[nodiscard]] Json PlaybackInfo() const {
    const Json source = {
        {"Protocol", "File"},        {"Id", kItemId},
        {"Path", film.path},         {"Type", "Default"},
        {"Container", "mkv"},        {"Name", kFilmTitle},
        {"IsRemote", false},         {"RunTimeTicks", kFilmSeconds * kTicksPerSecond},
        {"IsInfiniteStream", false}, {"VideoType", "VideoFile"},
        {"MediaStreams", Streams()}, {"DefaultAudioStreamIndex", 1}};
    return {{"MediaSources", {source}}, {"PlaySessionId", kSessionId}};
  }

  [[nodiscard]] Json Libraries() const {
    const std::string folder = film.path.substr(0, film.path.rfind('/'));
    return Json::array({{{"Name", "Demo"},
                         {"Locations", {folder}},
                         {"CollectionType", "movies"},
                         {"ItemId", kLibraryId}}});
  }

  const DemoOptions options;
  process::Runner& runner;
  const Clock& clock;
  Film film;
  std::string image;
  MonoTime started;
  std::optional<http::Server> server;
};

DemoServer::DemoServer(DemoOptions options, process::Runner& runner, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), runner, clock)) {}

DemoServer::~DemoServer() {
  Stop();
}

Result<DemoAddress> DemoServer::Start() {
  Impl& impl = *impl_;
  const DemoOptions& options = impl.options;
  TRY_ASSIGN(impl.film, MakeFilm(options.folder, options.ffmpeg, impl.runner, options.say));
  TRY_ASSIGN(impl.image, ReadFile(impl.film.image, kImageBytesMax));
  impl.started = impl.clock.Mono();
  http::ServerOptions server;
  server.name = "demo";
  server.address = options.address;
  server.port = options.port;
  server.network_threads = 1;
  server.connections_max = 64;
  server.executor_threads = 1;
  impl.server.emplace(server, impl.Routes(), nullptr);
  if (const Status listening = impl.server->Start(); !listening) {
    impl.server.reset();
    return Fail(listening.error());
  }
  return DemoAddress{"http://" + options.address + ":" + std::to_string(impl.server->port()),
                     Secret(options.api_key), impl.film.path};
}

void DemoServer::Stop() {
  if (!impl_->server) return;
  impl_->server->Stop();
  impl_->server.reset();
}

}  // namespace matinee::demo
