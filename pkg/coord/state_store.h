// A small value that the holder of a lease writes and all processes read.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "coord/term.h"

namespace matinee::coord {

// A value that was not replaced for this long has expired.
constexpr std::chrono::seconds kStateLifetime{30};

class StateStore {
 public:
  virtual ~StateStore() = default;
  // Fails with kConflict (a holder of a later term has written) and kUnavailable (out of reach).
  virtual Status Put(const std::string& value, Term term) = 0;
  // Nothing if there is none, or if it has expired. Fails with kUnavailable.
  virtual Result<std::optional<std::string>> Get() = 0;
};

}  // namespace matinee::coord
