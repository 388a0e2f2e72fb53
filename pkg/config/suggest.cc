#include "config/suggest.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace matinee::config {
namespace {

// Longer names are not compared: settings have shorter ones, and the cost grows with the product of
// both lengths.
constexpr size_t kNameBytesMax = 64;

// Allows one typo in a short name, two in one of average length.
size_t TyposMax(std::string_view name) {
  return name.size() < 6 ? 1 : name.size() < 16 ? 2 : 3;
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({changed, row[j] + 1, next[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

std::string_view Suggest(std::string_view unknown, std::span<const std::string> names) {
  if (unknown.size() > kNameBytesMax) return {};
  const std::string lower = ToLower(unknown);
  std::string_view nearest;
  size_t least = TyposMax(unknown) + 1;
  for (const std::string& name : names) {
    // The distance is at least the difference of the lengths.
    if (name.size() >= lower.size() + least || lower.size() >= name.size() + least) continue;
    const size_t distance = EditDistance(lower, ToLower(name));
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace matinee::config
