#include "config/markdown.h"

#include <fmt/format.h>

#include <algorithm>

namespace matinee::config {
namespace {

std::string Marks(const Setting& setting) {
  return std::string(setting.secret ? "*Secret.* " : "") +
         (setting.reloadable ? "*Reloadable.* " : "");
}

std::string FormerNames(const Setting& setting) {
  std::string text;
  for (const std::string& name : setting.former_names) {
    text += fmt::format(" The name `{}` is deprecated, but accepted.", name);
  }
  return text;
}

std::string TableRow(const Setting& setting) {
  // A default in words is not code.
  const bool words = setting.derived && setting.default_text.find(' ') != std::string::npos;
  const std::string_view quote = words || setting.default_text.empty() ? "" : "`";
  return fmt::format("| `{}` | {}{}{} | {} | {}{}{} |\n", setting.variable, quote,
                     setting.default_text, quote, setting.accepts, Marks(setting), setting.help,
                     FormerNames(setting));
}

bool HasReloadable(const Section& section) {
  return std::any_of(section.settings.begin(), section.settings.end(),
                     [](const Setting& setting) { return setting.reloadable; });
}

std::string WhenChangesTakeEffect(const Sections& sections) {
  if (std::none_of(sections.begin(), sections.end(), HasReloadable)) {
    return "\nA change takes effect at the next start.\n";
  }
  return "\nA change takes effect at the next start; of settings that are marked *reloadable*, "
         "without one.\n";
}

}  // namespace

std::string SettingsMarkdown(std::string_view introduction, const Sections& sections) {
  std::string text = std::string(introduction) + WhenChangesTakeEffect(sections);
  std::string_view title;
  for (const Section& section : sections) {
    if (section.title != title) {
      text += fmt::format("\n## {}\n| variable | default | values | meaning |\n|---|---|---|---|\n",
                          section.title);
      title = section.title;
    }
    for (const Setting& setting : section.settings) text += TableRow(setting);
    if (!section.notes.empty()) text += "\n" + section.notes;
  }
  return text;
}

}  // namespace matinee::config
