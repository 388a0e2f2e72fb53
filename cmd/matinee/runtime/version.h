// Which Matinee this is.
#pragma once

namespace matinee {

extern const char* const kVersion;
extern const char* const kRevision;  // What git calls the commit, or "unknown".

}  // namespace matinee
