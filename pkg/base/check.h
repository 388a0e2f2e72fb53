// Checks of invariants that stay in release builds: a broken one is a fault of the program, and to
// stop is better than to go on. What input or the environment can cause is an Error, not a check.
//
//   MATINEE_CHECK(!thread_.joinable(), "Start() is called once");
#pragma once

namespace matinee {

// Writes where and what failed to stderr and aborts.
[[noreturn]] void OnCheckFailed(const char* file, int line, const char* condition,
                                const char* message);

}  // namespace matinee

#define MATINEE_CHECK(condition, message) \
  ((condition) ? static_cast<void>(0)     \
               : ::matinee::OnCheckFailed(__FILE__, __LINE__, #condition, message))
