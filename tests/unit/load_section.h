// Loads one section, for the tests of the package that declares it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace matinee::config {

template <typename Settings>
class SectionLoader {
 public:
  using Declare = std::function<Section(Settings&)>;
  explicit SectionLoader(Declare declare) : declare_(std::move(declare)) {}

  // Loads settings that must be valid.
  Settings Load(std::string_view yaml, const Environment& environment = {}) {
    Settings settings;
    const auto loaded = LoadYaml({declare_(settings)}, yaml, "matinee.yaml", environment);
    EXPECT_TRUE(loaded) << loaded.error().message;
    warnings_ = loaded ? loaded->warnings : std::vector<std::string>();
    printed_ = loaded ? PrintConfig(loaded->effective) : "";
    return settings;
  }
  Settings LoadFrom(const Environment& environment) { return Load("", environment); }

  // Returns the error message of invalid settings.
  std::string ErrorOf(std::string_view yaml, const Environment& environment = {}) {
    Settings settings;
    const auto loaded = LoadYaml({declare_(settings)}, yaml, "matinee.yaml", environment);
    EXPECT_FALSE(loaded) << "these were accepted: " << yaml;
    if (loaded) return "";
    EXPECT_EQ(loaded.error().code, Code::kInvalidArgument);
    return loaded.error().message;
  }
  std::string ErrorOfEnvironment(const Environment& environment) {
    return ErrorOf("", environment);
  }

  // Of the last Load.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  [[nodiscard]] const std::string& printed() const { return printed_; }

 private:
  const Declare declare_;
  std::vector<std::string> warnings_;
  std::string printed_;
};

}  // namespace matinee::config
