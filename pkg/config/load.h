// Loads the settings of all sections (section.h) from the environment and a YAML file.
//
//   ShopSettings shop;
//   Result<Loaded> loaded = Load({ShopSection(shop)}, "/etc/matinee.yaml", environment);
//
// The environment overrides the file, the file the defaults; an empty value counts as not set. A
// variable's key in the file is its name in lower case: POLL_INTERVAL is poll_interval. Each secret
// can be read from a file, which the variable with the suffix _FILE names.
//
// Errors: all are reported at once, one line each, with the nearest match of an unknown name and
// the range of a value outside of it. Secrets and addresses (users paste keys into them) are never
// quoted.
//
// Thread safety: pure functions, but for the files that Load reads and the structs that it fills.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/section.h"

namespace matinee::config {

using Environment = std::map<std::string, std::string>;

// The size limit of the file.
constexpr size_t kYamlBytesMax = 65536;

// One line of --print-config.
struct EffectiveSetting {
  std::string key;     // As in the YAML file.
  std::string yaml;    // The value as YAML, secrets masked.
  std::string origin;  // "default", "environment", or the file's name.
};

struct Loaded {
  // Warnings for the log; they do not stop the start.
  std::vector<std::string> warnings;
  // For PrintConfig: every setting, in the sections' order.
  std::vector<EffectiveSetting> effective;
};

// Reads the settings into the structs that the sections are bound to. `yaml_path` is the file that
// MATINEE_CONFIG names, if set. Fails with kInvalidArgument and one line for each error; the
// structs are then not to be used.
Result<Loaded> Load(const Sections& sections, const std::optional<std::string>& yaml_path,
                    const Environment& environment);

// Reads the settings from the text of a file; messages call it `yaml_name`.
Result<Loaded> LoadYaml(const Sections& sections, std::string_view yaml,
                        const std::string& yaml_name, const Environment& environment);

// Returns the settings in force as a YAML file, with secrets as *** and the source of each value.
std::string PrintConfig(const std::vector<EffectiveSetting>& effective);

}  // namespace matinee::config
