// Parses request bodies strictly: a wrong type or an unknown field is an error that names the
// field, not a silent default.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "capture/plan.h"

namespace matinee::api {

// Fail with kMalformed (not JSON, or not an object) or kInvalidArgument (a field is missing,
// unknown, or of the wrong type).
Result<capture::ScreenshotRequest> ParseScreenshotRequest(std::string_view body);
Result<capture::ClipRequest> ParseClipRequest(std::string_view body);

// Parses the body of a request without parameters: empty, or an empty object.
Status ParseEmptyBody(std::string_view body);

}  // namespace matinee::api
