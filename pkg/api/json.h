// Serializes captures and sessions as the API's JSON. A test compares the fields with
// api/openapi.yaml.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "capture/capture.h"
#include "media/playback_session.h"

namespace matinee::api {

// `base_path` ("" or "/matinee") is the prefix of every address in an answer.
std::string ToJson(const capture::Capture& capture, std::string_view base_path);
std::string ToJson(const std::vector<capture::Capture>& captures, std::string_view base_path);
// How a session's subtitle and thumbnail that do not exist are written.
enum class AbsentText { kNull, kEmpty };
// Positions are those at `now`.
std::string ToJson(const std::vector<media::PlaybackSession>& sessions, WallTime now,
                   std::string_view base_path, AbsentText absent = AbsentText::kNull);

}  // namespace matinee::api
