// Suggests known names for misspelled ones. Internal to this package.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace matinee::config {

// Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of
// neighbours.
size_t EditDistance(std::string_view a, std::string_view b);

// Returns the nearest of `names`, ignoring case; empty if none is near.
std::string_view Suggest(std::string_view unknown, std::span<const std::string> names);

}  // namespace matinee::config
