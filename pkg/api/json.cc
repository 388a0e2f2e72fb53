#include "api/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json OrNull(const std::string& value) {
  return value.empty() ? Json(nullptr) : Json(value);
}

// Rounds to milliseconds; positions are not more exact.
double Rounded(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

std::optional<double> Rounded(const std::optional<double>& seconds) {
  return seconds ? std::optional<double>(Rounded(*seconds)) : std::nullopt;
}

// Replaces invalid UTF-8 from media servers, so that an answer is always valid JSON.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json CaptureJson(const capture::Capture& capture, const std::string& base_path) {
  const capture::CaptureSpec& spec = capture.spec;
  const bool clip = spec.type == capture::Type::kClip;
  const bool failed = capture::LegacyStatus(capture.phase) == "failed";
  Json json;
  json["id"] = capture.id;
  json["source"] = spec.source;
  json["media_title"] = spec.media_title;
  json["timestamp_seconds"] = Rounded(capture.timestamp_seconds);
  json["capture_type"] = capture::ToString(spec.type);
  json["file_name"] = capture.file_name;
  json["file_url"] = base_path + "/captures/" + capture.file_name;
  json["file_size_bytes"] = capture.file_size_bytes;
  json["duration_seconds"] = OrNull(Rounded(capture.duration_seconds));
  json["status"] = capture::LegacyStatus(capture.phase);
  json["error_message"] = failed && capture.error ? Json(capture.error->message) : Json(nullptr);
  json["created_at"] = FormatTime(capture.created_at);
  // The fields above are MediaSnap's; those below are Matinee's.
  json["server"] = spec.server;
  json["session_id"] = spec.session_id;
  json["phase"] = capture::ToString(capture.phase);
  json["progress"] =
      capture.phase == capture::Phase::kRunning ? Json(Rounded(capture.progress)) : Json(nullptr);
  json["error_code"] =
      failed && capture.error ? Json(InfoOf(capture.error->code).name) : Json(nullptr);
  json["thumbnail_url"] = capture.has_thumbnail
                              ? Json(base_path + "/api/captures/" + capture.id + "/thumbnail")
                              : Json(nullptr);
  json["requested_start_seconds"] = clip ? Json(Rounded(spec.start_seconds)) : Json(nullptr);
  json["requested_end_seconds"] = OrNull(Rounded(spec.end_seconds));
  json["precise"] = clip ? Json(spec.precise) : Json(nullptr);
  json["width"] = OrNull(capture.width);
  json["height"] = OrNull(capture.height);
  json["content_type"] = capture::ContentType(spec.type);
  json["updated_at"] = FormatTime(capture.updated_at);
  return json;
}

Json SessionJson(const media::PlaybackSession& session, WallTime now, const std::string& base_path,
                 AbsentText absent) {
  const Json none = absent == AbsentText::kEmpty ? Json("") : Json(nullptr);
  const std::string source(media::ToString(session.source));
  Json json;
  json["session_id"] = session.session_id;
  json["source"] = source;
  json["title"] = session.title;
  json["subtitle"] = session.subtitle ? Json(*session.subtitle) : none;
  json["media_path"] = OrNull(EscapeUnprintable(session.media_path));
  json["position_seconds"] = Rounded(session.PositionAt(now));
  json["duration_seconds"] = OrNull(Rounded(session.duration_seconds));
  json["thumbnail_url"] = session.thumbnail_path
                              ? Json(base_path + "/api/proxy/" + source +
                                     "?path=" + PercentEncode(*session.thumbnail_path) +
                                     "&server=" + PercentEncode(session.server))
                              : none;
  json["year"] = OrNull(session.year);
  json["server"] = session.server;
  json["position_at"] = FormatTime(now);
  json["state"] = media::ToString(session.state);
  json["user"] = OrNull(session.user);
  json["player"] = OrNull(session.player);
  json["media_type"] = session.media_type;
  json["capturable"] = session.capturable;
  json["not_capturable_reason"] = OrNull(session.not_capturable_reason);
  return json;
}

}  // namespace

std::string ToJson(const capture::Capture& capture, std::string_view base_path) {
  return Dump(CaptureJson(capture, std::string(base_path)));
}

std::string ToJson(const std::vector<capture::Capture>& captures, std::string_view base_path) {
  Json json = Json::array();
  for (const auto& capture : captures) json.push_back(CaptureJson(capture, std::string(base_path)));
  return Dump(json);
}

std::string ToJson(const std::vector<media::PlaybackSession>& sessions, WallTime now,
                   std::string_view base_path, AbsentText absent) {
  Json json = Json::array();
  for (const auto& session : sessions) {
    json.push_back(SessionJson(session, now, std::string(base_path), absent));
  }
  return Dump(json);
}

}  // namespace matinee::api
