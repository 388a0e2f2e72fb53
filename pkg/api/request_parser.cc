#include "api/request_parser.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/strings.h"
#include "base/time_format.h"
#include "json/document.h"

namespace matinee::api {
namespace {

// Session ids of media servers are far shorter.
constexpr size_t kSessionIdBytesMax = 256;
// The API's bodies are flat, and have a few fields.
constexpr size_t kDepthMax = 4;
constexpr size_t kValuesMax = 64;

constexpr std::string_view kScreenshotFields[] = {"session_id", "offset_seconds", "at"};
constexpr std::string_view kClipFields[] = {"session_id",  "relative_seconds", "start_seconds",
                                            "end_seconds", "offset_seconds",   "precise",
                                            "at"};

Error FieldError(const std::string& field, const std::string& what) {
  return Error{Code::kInvalidArgument, field + " " + what};
}

// Fields other than `known` are ignored, as the contract asks of clients too: one that is newer or
// older than this server still gets its capture.
Result<json::Document> ParseObject(std::string_view body, std::span<const std::string_view> known) {
  const json::Shape shape = {.names = known,
                             .depth_max = kDepthMax,
                             .refuse_deeper = true,
                             .values_max = kValuesMax,
                             .string_bytes_max = body.size()};
  auto document = json::Parse(body, shape);
  if (!document) {
    return Fail(Code::kMalformed, "the body is not JSON as in the API documentation");
  }
  const json::Value object = document->root();
  if (!object.is_object()) return Fail(Code::kMalformed, "the body must be a JSON object");
  // Parsers differ in whether the first or the last counts.
  std::set<std::string_view> names;
  for (const json::Value& field : object) {
    if (!names.insert(field.name()).second) {
      return Fail(Code::kMalformed, "the body has a duplicate field");
    }
  }
  return document;
}

// A field that is null is as if it were missing.
bool IsGiven(const json::Value& field) {
  return !field.is_missing() && !field.is_null();
}

Status Read(const json::Value& object, const char* name, std::optional<double>& value) {
  const json::Value field = object[name];
  if (!IsGiven(field)) return {};
  value = field.number();
  if (!value) return Fail(FieldError(name, "must be a number"));
  return {};
}

Status Read(const json::Value& object, const char* name, double& value) {
  std::optional<double> read;
  TRY(Read(object, name, read));
  value = read.value_or(value);
  return {};
}

Status Read(const json::Value& object, const char* name, bool& value) {
  const json::Value field = object[name];
  if (!IsGiven(field)) return {};
  const auto read = field.boolean();
  if (!read) return Fail(FieldError(name, "must be true or false"));
  value = *read;
  return {};
}

Status Read(const json::Value& object, const char* name, std::optional<WallTime>& value) {
  const json::Value field = object[name];
  if (!IsGiven(field)) return {};
  const auto text = field.string();
  if (!text) return Fail(FieldError(name, "must be a string with a time"));
  const auto time = ParseTime(*text);
  if (!time) return Fail(FieldError(name, "is " + time.error().message));
  value = *time;
  return {};
}

Status ReadSessionId(const json::Value& object, std::string& session_id) {
  const json::Value field = object["session_id"];
  if (field.is_missing()) return Fail(FieldError("session_id", "is missing"));
  const auto text = field.string();
  if (!text) return Fail(FieldError("session_id", "must be a string"));
  const bool printable =
      std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (text->empty() || text->size() > kSessionIdBytesMax || !printable) {
    return Fail(FieldError("session_id", "is not an id from GET /api/sessions"));
  }
  session_id = *text;
  return {};
}

}  // namespace

Result<capture::ScreenshotRequest> ParseScreenshotRequest(std::string_view body) {
  TRY_ASSIGN(const json::Document document, ParseObject(body, kScreenshotFields));
  const json::Value object = document.root();
  capture::ScreenshotRequest request;
  TRY(ReadSessionId(object, request.session_id));
  TRY(Read(object, "offset_seconds", request.offset_seconds));
  TRY(Read(object, "at", request.at));
  return request;
}

Result<capture::ClipRequest> ParseClipRequest(std::string_view body) {
  TRY_ASSIGN(const json::Document document, ParseObject(body, kClipFields));
  const json::Value object = document.root();
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
