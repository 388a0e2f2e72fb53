#include <algorithm>
#include <set>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "config/setting_table.h"
#include "config_fixture.h"

namespace matinee::config {
namespace {

TEST(SettingTableTest, NamesEachVariableOnce) {
  std::set<std::string_view> names;
  for (const Setting& row : SettingTable()) {
    EXPECT_TRUE(names.insert(row.variable).second) << row.variable;
    EXPECT_FALSE(row.help.empty()) << row.variable;
    EXPECT_FALSE(row.section.empty()) << row.variable;
  }
}

TEST(SettingTableTest, AcceptsEveryDefault) {
  for (const Setting& row : SettingTable()) {
    if (row.computed || row.default_text.empty()) continue;
    Values values;
    const Status status = row.set(values, std::string(row.default_text));
    EXPECT_TRUE(status) << row.variable << " " << status.error().message;
  }
}

TEST(SettingTableTest, QuotesNoSecret) {
  for (const Setting& row : SettingTable()) {
    EXPECT_FALSE(row.secret && row.quotable) << row.variable;
  }
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
  for (const Setting& row : SettingTable()) {
    EXPECT_NE(text.find("| `" + std::string(row.variable) + "` |"), std::string::npos)
        << row.variable;
  }
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.starts_with('|')) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 5) << line;
  }
}

}  // namespace
}  // namespace matinee::config
