// Parses request bodies: a wrong type is an error that names the field, not a silent default.
// Unknown fields are ignored.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "capture/plan.h"

namespace matinee::api {

// Fail with kMalformed (not JSON, or not an object) or kInvalidArgument (a field is missing
// or of the wrong type).
Result<capture::ScreenshotRequest> ParseScreenshotRequest(std::string_view body);
Result<capture::ClipRequest> ParseClipRequest(std::string_view body);

// Checks the body of a request without parameters: empty, or an object. Fails with kMalformed.
Status ParseEmptyBody(std::string_view body);

}  // namespace matinee::api
