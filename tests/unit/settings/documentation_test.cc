#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/strings.h"
#include "settings_fixture.h"

namespace matinee {
namespace {

// Calls `check` with each setting of the program.
template <typename Check>
void ForEachSetting(Check check) {
  Settings settings;
  for (const config::Section& section : SectionsOf(settings)) {
    for (const config::Setting& setting : section.settings) check(setting);
  }
}

TEST(SectionsTest, NameEachVariableOnce) {
  std::set<std::string> names;
  ForEachSetting([&names](const config::Setting& setting) {
    EXPECT_TRUE(names.insert(setting.variable).second) << setting.variable;
    EXPECT_FALSE(setting.help.empty()) << setting.variable;
  });
  EXPECT_GT(names.size(), 50U);
}

TEST(SectionsTest, AcceptEveryDefault) {
  ForEachSetting([](const config::Setting& setting) {
    if (setting.derived || setting.default_text.empty()) return;
    const Status status = setting.set(setting.default_text);
    EXPECT_TRUE(status) << setting.variable << " " << status.error().message;
  });
}

TEST(SectionsTest, QuoteNoSecret) {
  ForEachSetting([](const config::Setting& setting) {
    EXPECT_FALSE(setting.secret && setting.quotable) << setting.variable;
  });
}

TEST(ConfigurationMarkdownTest, IsTheCommittedDocument) {
  const auto committed =
      ReadFile(std::string(MATINEE_SOURCE_DIR) + "/docs/configuration.md", 1 << 20);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(*committed, ConfigurationMarkdown())
      << "regenerate it: matinee docs configuration > docs/configuration.md";
}

TEST(ConfigurationMarkdownTest, ListsEveryVariableInAValidTable) {
  const std::string text = ConfigurationMarkdown();
  ForEachSetting([&text](const config::Setting& setting) {
    EXPECT_NE(text.find("| `" + setting.variable + "` |"), std::string::npos) << setting.variable;
  });
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.starts_with('|')) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 5) << line;
  }
}

}  // namespace
}  // namespace matinee
