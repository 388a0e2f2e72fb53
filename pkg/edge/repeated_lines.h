// Lets a line of nginx's log through once a minute, and counts it in the meantime: under attack
// nginx writes thousands of lines that differ in their numbers only.
//
// Thread safety: none.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace matinee::edge {

class RepeatedLines {
 public:
  static constexpr std::chrono::seconds kInterval{60};
  // Kinds of lines; of more, the one that is due first is forgotten.
  static constexpr size_t kKindsMax = 64;

  struct Line {
    std::string text;      // The last one of its kind.
    int64_t repeated = 0;  // How many of the kind were not logged.
  };

  // Returns whether to log the line now. Otherwise it is counted until it is due.
  bool Add(std::string_view text, MonoTime now);

  // Returns the kinds that are due: a minute after they were logged, those that were repeated.
  std::vector<Line> Due(MonoTime now);

 private:
  struct Kind {
    Line line;
    MonoTime logged_at;
  };

  std::map<std::string, Kind> kinds_;
};

}  // namespace matinee::edge
