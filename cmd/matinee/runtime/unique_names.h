// Checks at compile time that no two entries of a table have one name.
#pragma once

#include <cstddef>
#include <string_view>

namespace matinee {

// Each entry has a member `name`.
template <typename Table>
constexpr bool HasUniqueNames(const Table& table) {
  for (size_t i = 0; i < table.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (std::string_view(table[i].name) == table[j].name) return false;
    }
  }
  return true;
}

}  // namespace matinee
