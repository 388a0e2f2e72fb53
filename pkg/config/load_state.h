// What Load has found so far, for `complete` of the sections.
//
// Thread safety: none; lives inside one call of Load.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_errors.h"
#include "config/yaml_document.h"

namespace matinee::config {

class LoadState {
 public:
  LoadState(const YamlNode& yaml, std::string yaml_name, ConfigErrors errors)
      : yaml_(yaml), yaml_name_(std::move(yaml_name)), errors_(std::move(errors)) {}

  // The file's name, for messages: "matinee.yaml:3: …".
  [[nodiscard]] const std::string& yaml_name() const { return yaml_name_; }
  // The node of a key in the file, or null.
  [[nodiscard]] const YamlNode* Find(std::string_view key) const {
    for (const YamlEntry& entry : yaml_.entries) {
      if (entry.key == key) return &entry.value;
    }
    return nullptr;
  }

  // Whether the setting has a value other than the default.
  [[nodiscard]] bool IsSet(std::string_view variable) const { return origins_.contains(variable); }
  // Where its value is from, for --print-config: "environment", the file's name, "default".
  [[nodiscard]] std::string OriginOf(std::string_view variable) const {
    const auto origin = origins_.find(variable);
    return origin == origins_.end() ? "default" : origin->second;
  }
  void SetOrigin(std::string_view variable, std::string origin) {
    origins_.insert_or_assign(std::string(variable), std::move(origin));
  }

  // An error stops the start; a warning goes into the log.
  void AddError(std::string error) { errors_.Add(std::move(error)); }
  void AddWarning(std::string warning) { warnings_.push_back(std::move(warning)); }
  [[nodiscard]] const ConfigErrors& errors() const { return errors_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  const YamlNode& yaml_;
  const std::string yaml_name_;
  ConfigErrors errors_;
  std::vector<std::string> warnings_;
  std::map<std::string, std::string, std::less<>> origins_;  // By variable; not of defaults.
};

}  // namespace matinee::config
