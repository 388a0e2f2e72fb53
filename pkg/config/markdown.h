// The document of all settings.
#pragma once

#include <string>
#include <string_view>

#include "config/section.h"

namespace matinee::config {

// Returns Markdown: the introduction, when changes take effect, and each section's table.
std::string SettingsMarkdown(std::string_view introduction, const Sections& sections);

}  // namespace matinee::config
