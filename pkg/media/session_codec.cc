#include "media/session_codec.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::media {
namespace {

using Json = nlohmann::json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Empty if the field is missing or of another type.
template <typename T>
std::optional<T> Get(const Json& json, const char* key) {
  const auto field = json.find(key);
  if (field == json.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!field->is_string()) return std::nullopt;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!field->is_boolean()) return std::nullopt;
  } else if constexpr (std::is_integral_v<T>) {
    if (!field->is_number_integer()) return std::nullopt;
    const auto number = field->template get<int64_t>();
    if (number != static_cast<int64_t>(static_cast<T>(number))) return std::nullopt;
  } else {
    if (!field->is_number()) return std::nullopt;
  }
  return field->template get<T>();
}

std::string TextOf(const Json& json, const char* key) {
  return Get<std::string>(json, key).value_or("");
}

Json ToJson(const PlaybackSession& session) {
  return {{"id", session.session_id},
          {"source", ToString(session.source)},
          {"server", session.server},
          {"title", session.title},
          {"subtitle", OrNull(session.subtitle)},
          {"media_type", session.media_type},
          {"year", OrNull(session.year)},
          {"user", OrNull(session.user)},
          {"player", OrNull(session.player)},
          {"thumbnail_path", OrNull(session.thumbnail_path)},
          {"state", static_cast<int>(session.state)},
          {"position_seconds", session.position_seconds},
          {"position_at", ToMicros(session.position_at)},
          {"duration_seconds", OrNull(session.duration_seconds)},
          // A path may contain any byte; JSON holds only text.
          {"media_path", PercentEncode(session.media_path)},
          {"part_start_seconds", session.part_start_seconds},
          {"audio_stream_index", OrNull(session.audio_stream_index)},
          {"capturable", session.capturable},
          {"reason", session.not_capturable_reason}};
}

std::optional<PlaybackSession> SessionFrom(const Json& json) {
  const auto source = MediaServerTypeFromString(TextOf(json, "source"));
  const int state = Get<int>(json, "state").value_or(0);
  if (!source || TextOf(json, "id").empty() || state < 0 || state > 2) return std::nullopt;
  PlaybackSession session;
  session.session_id = TextOf(json, "id");
  session.source = *source;
  session.server = TextOf(json, "server");
  session.title = TextOf(json, "title");
  session.subtitle = Get<std::string>(json, "subtitle");
  session.media_type = TextOf(json, "media_type");
  session.year = Get<int>(json, "year");
  session.user = Get<std::string>(json, "user");
  session.player = Get<std::string>(json, "player");
  session.thumbnail_path = Get<std::string>(json, "thumbnail_path");
  session.state = static_cast<PlayState>(state);
  session.position_seconds = Get<double>(json, "position_seconds").value_or(0);
  session.position_at = FromMicros(Get<int64_t>(json, "position_at").value_or(0));
  session.duration_seconds = Get<double>(json, "duration_seconds");
  session.media_path = PercentDecode(TextOf(json, "media_path")).value_or("");
  session.part_start_seconds = Get<double>(json, "part_start_seconds").value_or(0);
  session.audio_stream_index = Get<int>(json, "audio_stream_index");
  session.capturable = Get<bool>(json, "capturable").value_or(false);
  session.not_capturable_reason = TextOf(json, "reason");
  return session;
}

Json ToJson(const ServerStatus& status) {
  return {{"name", status.name},
          {"source", ToString(status.source)},
          {"state", static_cast<int>(status.state)},
          {"error", status.error},
          {"last_success", status.last_success ? Json(ToMicros(*status.last_success)) : Json()}};
}

std::optional<ServerStatus> StatusFrom(const Json& json) {
  const auto source = MediaServerTypeFromString(TextOf(json, "source"));
  const int state = Get<int>(json, "state").value_or(0);
  if (!source || state < 0 || state > 2) return std::nullopt;
  ServerStatus status;
  status.name = TextOf(json, "name");
  status.source = *source;
  status.state = static_cast<ServerStatus::State>(state);
  status.error = TextOf(json, "error");
  if (const auto at = Get<int64_t>(json, "last_success")) status.last_success = FromMicros(*at);
  return status;
}

}  // namespace

std::string EncodeSessions(const std::vector<ServerSnapshot>& servers) {
  Json json = Json::array();
  for (const ServerSnapshot& server : servers) {
    Json sessions = Json::array();
    for (const PlaybackSession& session : server.sessions) sessions.push_back(ToJson(session));
    json.push_back({{"status", ToJson(server.status)}, {"sessions", std::move(sessions)}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<ServerSnapshot>> DecodeSessions(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return Fail(Code::kMalformed, "the session snapshot is not a list");
  std::vector<ServerSnapshot> servers;
  for (const Json& entry : json) {
    const auto status = entry.is_object() && entry.contains("status") && entry["status"].is_object()
                            ? StatusFrom(entry["status"])
                            : std::nullopt;
    const auto sessions = entry.is_object() ? entry.find("sessions") : entry.end();
    if (!status || sessions == entry.end() || !sessions->is_array()) {
      return Fail(Code::kMalformed, "the session snapshot contains a malformed server");
    }
    ServerSnapshot server;
    server.status = *status;
    for (const Json& known : *sessions) {
      auto session = known.is_object() ? SessionFrom(known) : std::nullopt;
      if (!session)
        return Fail(Code::kMalformed, "the session snapshot contains a malformed session");
      server.sessions.push_back(*std::move(session));
    }
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace matinee::media
