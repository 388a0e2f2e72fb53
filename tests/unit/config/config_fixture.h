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

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "matinee_config_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  // Writes a file and gives its path.
  [[nodiscard]] std::string Write(const std::string& name, std::string_view content) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  std::string path_;
};

}  // namespace matinee::config
