// Helpers for the tests of the program's settings.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/settings.h"

namespace matinee {

// Loads settings that must be valid.
inline Settings Loaded(std::string_view yaml, const config::Environment& environment = {}) {
  Settings settings;
  auto loaded = config::LoadYaml(SectionsOf(settings), yaml, "matinee.yaml", environment);
  EXPECT_TRUE(loaded) << loaded.error().message;
  if (loaded) settings.loaded = *std::move(loaded);
  return settings;
}

inline Settings LoadedFrom(const config::Environment& environment) {
  return Loaded("", environment);
}

// Returns the error message of invalid settings.
inline std::string ErrorOf(std::string_view yaml, const config::Environment& environment = {}) {
  Settings settings;
  const auto loaded = config::LoadYaml(SectionsOf(settings), yaml, "matinee.yaml", environment);
  EXPECT_FALSE(loaded) << "these were accepted: " << yaml;
  if (loaded) return "";
  EXPECT_EQ(loaded.error().code, Code::kInvalidArgument);
  return loaded.error().message;
}

inline std::string ErrorOfEnvironment(const config::Environment& environment) {
  return ErrorOf("", environment);
}

inline std::string Printed(const Settings& settings) {
  return config::PrintConfig(settings.loaded.effective);
}

}  // namespace matinee
