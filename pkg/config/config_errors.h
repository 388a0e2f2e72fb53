// Everything that is wrong with the settings, to be told at once. Internal to this package.
//
// Thread safety: none; lives inside one call of Load.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace matinee::config {

// Beyond this, it is probably the wrong file.
constexpr size_t kProblemsMax = 20;

class ConfigErrors {
 public:
  void Add(std::string problem) { problems_.push_back(std::move(problem)); }
  [[nodiscard]] bool empty() const { return problems_.empty(); }

  // One line if it is one problem, else a line for each.
  [[nodiscard]] Error ToError() const {
    if (problems_.size() == 1) return Error{Code::kInvalidArgument, problems_.front()};
    std::string message = std::to_string(problems_.size()) + " settings are wrong:";
    for (size_t i = 0; i < problems_.size() && i < kProblemsMax; ++i) {
      message += "\n  " + problems_[i];
    }
    if (problems_.size() > kProblemsMax) message += "\n  and more";
    return Error{Code::kInvalidArgument, message};
  }

 private:
  std::vector<std::string> problems_;
};

}  // namespace matinee::config
