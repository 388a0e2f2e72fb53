#include "edge/repeated_lines.h"

#include <algorithm>

namespace matinee::edge {
namespace {

// What lines of one kind have in common: the text without numbers, up to the client.
std::string KindOf(std::string_view text) {
  std::string kind;
  for (const char c : text.substr(0, text.find(", client: "))) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && kind.ends_with('0')) continue;
    kind += digit ? '0' : c;
  }
  return kind;
}

}  // namespace

bool RepeatedLines::Add(std::string_view text, MonoTime now) {
  const std::string kind = KindOf(text);
  const auto known = kinds_.find(kind);
  if (known != kinds_.end() && now - known->second.logged_at < kInterval) {
    known->second.line.text = text;
    ++known->second.line.repeated;
    return false;
  }
  if (known == kinds_.end() && kinds_.size() == kKindsMax) {
    kinds_.erase(std::min_element(kinds_.begin(), kinds_.end(), [](const auto& a, const auto& b) {
      return a.second.logged_at < b.second.logged_at;
    }));
  }
  kinds_[kind] = Kind{{std::string(text), 0}, now};
  return true;
}

std::vector<RepeatedLines::Line> RepeatedLines::Due(MonoTime now) {
  std::vector<Line> due;
  for (auto it = kinds_.begin(); it != kinds_.end();) {
    Kind& kind = it->second;
    if (now - kind.logged_at < kInterval) {
      ++it;
    } else if (kind.line.repeated == 0) {
      it = kinds_.erase(it);
    } else {
      due.push_back(kind.line);
      kind.line.repeated = 0;
      kind.logged_at = now;
      ++it;
    }
  }
  return due;
}

}  // namespace matinee::edge
