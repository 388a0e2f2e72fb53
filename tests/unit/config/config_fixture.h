// Verbs for the tests of this package.
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

// Loads what must be right.
inline Settings Loaded(std::string_view yaml, const Environment& environment = {}) {
  auto settings = LoadYaml(yaml, "matinee.yaml", environment);
  EXPECT_TRUE(settings) << settings.error().message;
  return settings ? *std::move(settings) : Settings();
}

inline Settings LoadedFrom(const Environment& environment) {
  return Loaded("", environment);
}

// What is said about settings that are wrong.
inline std::string Complaint(std::string_view yaml, const Environment& environment = {}) {
  const auto settings = LoadYaml(yaml, "matinee.yaml", environment);
  EXPECT_FALSE(settings) << "these were accepted: " << yaml;
  if (settings) return "";
  EXPECT_EQ(settings.error().code, Code::kInvalidArgument);
  return settings.error().message;
}

inline std::string ComplaintAbout(const Environment& environment) {
  return Complaint("", environment);
}

}  // namespace matinee::config
