// Ids of captures, jobs and requests.
//
// UUID version 7 (RFC 9562, section 5.7): the first 48 bits are the time in milliseconds, so that
// ids sort by age; the other 74 are random.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace matinee {

// Returns a new id, e.g. "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47". Thread safe.
std::string NewId(const Clock& clock);

// Returns eight random hexadecimal digits. Thread safe.
std::string RandomHex();

// Returns whether `text` has the form of a UUID of any version: 8-4-4-4-12 lower- or upper-case hex
// digits.
bool IsUuid(std::string_view text);

}  // namespace matinee
