// "Did you mean ...?" Internal to this package.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace matinee::config {

// How many letters must be added, taken away, changed or swapped with their neighbour to make `a`
// out of `b` (the optimal string alignment distance).
size_t EditDistance(std::string_view a, std::string_view b);

// The name among `names` that `unknown` was probably meant to be; empty if none is near. The case
// of letters does not count.
std::string_view Suggest(std::string_view unknown, std::span<const std::string> names);

}  // namespace matinee::config
