// Collects all errors of the settings, to report them at once. Internal to this package.
//
// Thread safety: none; lives inside one call of Load.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace matinee::config {

// With more, it is probably the wrong file.
constexpr size_t kErrorsMax = 20;

class ConfigErrors {
 public:
  void Add(std::string error) { errors_.push_back(std::move(error)); }
  [[nodiscard]] bool empty() const { return errors_.empty(); }

  // Returns one line for a single error, else a line for each.
  [[nodiscard]] Error ToError() const {
    if (errors_.size() == 1) return Error{Code::kInvalidArgument, errors_.front()};
    std::string message = std::to_string(errors_.size()) + " settings are wrong:";
    for (size_t i = 0; i < errors_.size() && i < kErrorsMax; ++i) {
      message += "\n  " + errors_[i];
    }
    if (errors_.size() > kErrorsMax) message += "\n  and more";
    return Error{Code::kInvalidArgument, message};
  }

 private:
  std::vector<std::string> errors_;
};

}  // namespace matinee::config
