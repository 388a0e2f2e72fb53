// Formats of times: in JSON RFC 3339, UTC, milliseconds; in the database microseconds since 1970.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace matinee {

// "2026-02-18T12:00:00.123+00:00". The "+00:00" (not "Z") is what MediaSnap's clients expect.
std::string FormatTime(WallTime time);

// Parses RFC 3339 with any offset and 0 to 9 digits of a second ("2026-02-18T12:00:00Z",
// "…T13:00:00.5+01:00"), years 1970 to 2999. Fails with kInvalidArgument.
Result<WallTime> ParseTime(std::string_view text);

int64_t ToMicros(WallTime time);
WallTime FromMicros(int64_t micros);

}  // namespace matinee
