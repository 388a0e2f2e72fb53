// Helpers for the tests of this package.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::config {

// Loads settings that must be valid.
inline Settings Loaded(std::string_view yaml, const Environment& environment = {}) {
  auto settings = LoadYaml(yaml, "matinee.yaml", environment);
  EXPECT_TRUE(settings) << settings.error().message;
  return settings ? *std::move(settings) : Settings();
}

inline Settings LoadedFrom(const Environment& environment) {
  return Loaded("", environment);
}

// Returns the error message of invalid settings.
inline std::string ErrorOf(std::string_view yaml, const Environment& environment = {}) {
  const auto settings = LoadYaml(yaml, "matinee.yaml", environment);
  EXPECT_FALSE(settings) << "these were accepted: " << yaml;
  if (settings) return "";
  EXPECT_EQ(settings.error().code, Code::kInvalidArgument);
  return settings.error().message;
}

inline std::string ErrorOfEnvironment(const Environment& environment) {
  return ErrorOf("", environment);
}

}  // namespace matinee::config
