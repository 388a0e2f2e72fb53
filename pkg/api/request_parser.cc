#include "api/request_parser.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using nlohmann::json;

// Session ids of media servers are far shorter.
constexpr size_t kSessionIdBytesMax = 256;
// The API's bodies are flat; deeper ones are refused before they exhaust the stack.
constexpr int kDepthMax = 4;

Error FieldError(const std::string& field, const std::string& what) {
  return Error{Code::kInvalidArgument, field + " " + what};
}

Result<json> ParseObject(std::string_view body, std::initializer_list<std::string_view> known) {
  bool too_deep = false;
  bool duplicate = false;
  std::set<std::string> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    too_deep = too_deep || depth > kDepthMax;
    // Duplicate fields are refused: parsers differ in whether the first or the last counts.
    if (event == json::parse_event_t::key && depth == 1) {
      duplicate = !names.insert(parsed.get<std::string>()).second || duplicate;
    }
    return !too_deep;
  };
  // The parser stops at a NUL and would ignore what follows.
  const bool whole = body.find('\0') == std::string_view::npos;
  json object = json::parse(body, watch, /*allow_exceptions=*/false);
  if (!whole || too_deep || object.is_discarded()) {
    return Fail(Code::kMalformed, "the body is not JSON as in the API documentation");
  }
  if (!object.is_object()) return Fail(Code::kMalformed, "the body must be a JSON object");
  if (duplicate) return Fail(Code::kMalformed, "the body has a duplicate field");
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Fail(FieldError("\"" + EscapeUnprintable(TruncateUtf8(name, 64)) + "\"",
                             "is not a known field"));
    }
  }
  return object;
}

Status Read(const json& object, const char* name, std::optional<double>& value) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) return {};
  if (!field->is_number()) return Fail(FieldError(name, "must be a number"));
  value = field->get<double>();
  return {};
}

Status Read(const json& object, const char* name, double& value) {
  std::optional<double> read;
  TRY(Read(object, name, read));
  value = read.value_or(value);
  return {};
}

Status Read(const json& object, const char* name, bool& value) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) return {};
  if (!field->is_boolean()) return Fail(FieldError(name, "must be true or false"));
  value = field->get<bool>();
  return {};
}

Status Read(const json& object, const char* name, std::optional<WallTime>& value) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) return {};
  if (!field->is_string()) return Fail(FieldError(name, "must be a string with a time"));
  const auto time = ParseTime(field->get_ref<const std::string&>());
  if (!time) return Fail(FieldError(name, "is " + time.error().message));
  value = *time;
  return {};
}

Status ReadSessionId(const json& object, std::string& session_id) {
  const auto field = object.find("session_id");
  if (field == object.end()) return Fail(FieldError("session_id", "is missing"));
  if (!field->is_string()) return Fail(FieldError("session_id", "must be a string"));
  session_id = field->get<std::string>();
  const bool printable = std::all_of(session_id.begin(), session_id.end(),
                                     [](char c) { return c > 0x20 && c < 0x7F; });
  if (session_id.empty() || session_id.size() > kSessionIdBytesMax || !printable) {
    return Fail(FieldError("session_id", "is not an id from GET /api/sessions"));
  }
  return {};
}

}  // namespace

Result<capture::ScreenshotRequest> ParseScreenshotRequest(std::string_view body) {
  TRY_ASSIGN(const json object, ParseObject(body, {"session_id", "offset_seconds", "at"}));
  capture::ScreenshotRequest request;
  TRY(ReadSessionId(object, request.session_id));
  TRY(Read(object, "offset_seconds", request.offset_seconds));
  TRY(Read(object, "at", request.at));
  return request;
}

Result<capture::ClipRequest> ParseClipRequest(std::string_view body) {
  TRY_ASSIGN(const json object,
             ParseObject(body, {"session_id", "relative_seconds", "start_seconds", "end_seconds",
                                "offset_seconds", "precise", "at"}));
  capture::ClipRequest request;
  TRY(ReadSessionId(object, request.session_id));
  TRY(Read(object, "relative_seconds", request.relative_seconds));
  TRY(Read(object, "start_seconds", request.start_seconds));
  TRY(Read(object, "end_seconds", request.end_seconds));
  TRY(Read(object, "offset_seconds", request.offset_seconds));
  TRY(Read(object, "precise", request.precise));
  TRY(Read(object, "at", request.at));
  return request;
}

Status ParseEmptyBody(std::string_view body) {
  if (Trim(body).empty()) return {};
  TRY(ParseObject(body, {}));
  return {};
}

}  // namespace matinee::api
