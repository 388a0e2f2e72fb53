#include "media/session_codec.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "base/time_format.h"
#include "json/document.h"
#include "media/session_text.h"

namespace matinee::media {
namespace {

using JsonText = nlohmann::json;

template <typename T>
JsonText OrNull(const std::optional<T>& value) {
  return value ? JsonText(*value) : JsonText(nullptr);
}

constexpr std::string_view kSnapshotNames[] = {"status",
                                               "sessions",
                                               "name",
                                               "source",
                                               "state",
                                               "error",
                                               "last_success",
                                               "sessions_without_id",
                                               "id",
                                               "server",
                                               "title",
                                               "subtitle",
                                               "media_type",
                                               "year",
                                               "user",
                                               "player",
                                               "thumbnail_path",
                                               "position_seconds",
                                               "position_at",
                                               "duration_seconds",
                                               "media_path",
                                               "part_start_seconds",
                                               "audio_stream_index",
                                               "capturable",
                                               "reason"};

// More servers than can be configured.
constexpr size_t kSnapshotServersMax = 64;
// One server. A session has 19 fields; long titles and paths are a few kilobytes.
constexpr json::Shape kSnapshotRow = {
    .names = kSnapshotNames, .values_max = 32 * kRowsMax, .string_bytes_max = 16 * 1024 * kRowsMax};

// Empty if the field is missing, of another type, or too large.
std::optional<int> IntOf(const json::Value& object, const char* key) {
  const auto number = object[key].integer();
  if (!number || *number < std::numeric_limits<int>::min() ||
      *number > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

std::optional<std::string> OptionalText(const json::Value& object, const char* key) {
  const auto text = object[key].string();
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::string TextOf(const json::Value& object, const char* key) {
  return OptionalText(object, key).value_or("");
}

JsonText ToJson(const PlaybackSession& session) {
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

std::optional<PlaybackSession> SessionFrom(const json::Value& json) {
  const auto source = MediaServerTypeFromString(TextOf(json, "source"));
  const int state = IntOf(json, "state").value_or(0);
  if (!source || TextOf(json, "id").empty() || state < 0 || state > 2) return std::nullopt;
  PlaybackSession session;
  session.session_id = TextOf(json, "id");
  session.source = *source;
  session.server = TextOf(json, "server");
  session.title = TextOf(json, "title");
  session.subtitle = OptionalText(json, "subtitle");
  session.media_type = TextOf(json, "media_type");
  session.year = IntOf(json, "year");
  session.user = OptionalText(json, "user");
  session.player = OptionalText(json, "player");
  session.thumbnail_path = OptionalText(json, "thumbnail_path");
  session.state = static_cast<PlayState>(state);
  session.position_seconds = json["position_seconds"].number().value_or(0);
  session.position_at = FromMicros(json["position_at"].integer().value_or(0));
  session.duration_seconds = json["duration_seconds"].number();
  session.media_path = PercentDecode(TextOf(json, "media_path")).value_or("");
  session.part_start_seconds = json["part_start_seconds"].number().value_or(0);
  session.audio_stream_index = IntOf(json, "audio_stream_index");
  session.capturable = json["capturable"].boolean().value_or(false);
  session.not_capturable_reason = TextOf(json, "reason");
  return session;
}

JsonText ToJson(const ServerStatus& status) {
  return {{"name", status.name},
          {"source", ToString(status.source)},
          {"state", static_cast<int>(status.state)},
          {"error", status.error},
          {"sessions_without_id", status.sessions_without_id},
          {"last_success",
           status.last_success ? JsonText(ToMicros(*status.last_success)) : JsonText()}};
}

std::optional<ServerStatus> StatusFrom(const json::Value& json) {
  const auto source = MediaServerTypeFromString(TextOf(json, "source"));
  const int state = IntOf(json, "state").value_or(0);
  if (!source || state < 0 || state > 2) return std::nullopt;
  ServerStatus status;
  status.name = TextOf(json, "name");
  status.source = *source;
  status.state = static_cast<ServerStatus::State>(state);
  status.error = TextOf(json, "error");
  const int without_id = IntOf(json, "sessions_without_id").value_or(0);
  status.sessions_without_id = static_cast<size_t>(std::max(without_id, 0));
  if (const auto at = json["last_success"].integer()) status.last_success = FromMicros(*at);
  return status;
}

std::optional<ServerSnapshot> ServerFrom(const json::Value& entry) {
  const json::Value sessions = entry["sessions"];
  const auto status = StatusFrom(entry["status"]);
  if (!status || !sessions.is_array()) return std::nullopt;
  ServerSnapshot server;
  server.status = *status;
  for (const json::Value& known : sessions) {
    auto session = SessionFrom(known);
    if (!session) return std::nullopt;
    server.sessions.push_back(*std::move(session));
  }
  return server;
}

}  // namespace

std::string EncodeSessions(const std::vector<ServerSnapshot>& servers) {
  JsonText json = JsonText::array();
  for (const ServerSnapshot& server : servers) {
    JsonText sessions = JsonText::array();
    for (const PlaybackSession& session : server.sessions) sessions.push_back(ToJson(session));
    json.push_back({{"status", ToJson(server.status)}, {"sessions", std::move(sessions)}});
  }
  return json.dump(-1, ' ', false, JsonText::error_handler_t::replace);
}

Result<std::vector<ServerSnapshot>> DecodeSessions(std::string_view text) {
  std::vector<ServerSnapshot> servers;
  const auto list = json::ForEach(text, {}, kSnapshotRow, [&servers](const json::Value& entry) {
    auto server = ServerFrom(entry);
    if (!server) return false;
    servers.push_back(*std::move(server));
    return servers.size() <= kSnapshotServersMax;
  });
  if (!list) return Fail(list.error().WithContext("the session snapshot"));
  if (!list->found || list->stopped) {
    return Fail(Code::kMalformed, "the session snapshot is not a list of servers");
  }
  return servers;
}

}  // namespace matinee::media
