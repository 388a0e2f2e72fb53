#include "config/settings.h"

namespace matinee::config {

std::string PrintConfig(const Settings& settings) {
  std::string text = "# The settings in force. Secrets are masked.\n";
  for (const EffectiveSetting& setting : settings.effective) {
    const bool block = setting.yaml.starts_with('\n');
    const std::string comment = "  # " + setting.origin;
    text +=
        setting.key + ":" + (block ? comment + setting.yaml : " " + setting.yaml + comment) + "\n";
  }
  return text;
}

}  // namespace matinee::config
