// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace matinee::json {

// The bytes that operator new has returned since the program's start.
size_t AllocatedBytes();

}  // namespace matinee::json
