#include "config/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noop_section.h"

namespace matinee::config {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(SettingsMarkdownTest, ListsTheSettingsOfASection) {
  NoopSettings noop;
  const std::string text = SettingsMarkdown("# All settings\n", {NoopSection(noop)});
  EXPECT_THAT(text, StartsWith("# All settings\n"));
  EXPECT_THAT(text, HasSubstr("\n## Noops\n| variable | default | values | meaning |\n"));
  EXPECT_THAT(text, HasSubstr("| `NOOP_PAUSE` | `1500ms` | 0s to 1m | Time between jobs. |\n"));
  EXPECT_THAT(text, HasSubstr("| `NOOP_TOKEN` |  | one word | *Secret.* The token. The name "
                              "`NOOP_KEY` is deprecated, but accepted. |\n"));
  EXPECT_THAT(text, HasSubstr("| `NOOP_FOLDER` | `/NOOP_NAME` | a path | The folder. |\n"));
  EXPECT_THAT(text, HasSubstr("\nNoops do nothing.\n"));
}

TEST(SettingsMarkdownTest, SaysWhenAChangeTakesEffect) {
  NoopSettings noop;
  Section section = NoopSection(noop);
  EXPECT_THAT(SettingsMarkdown("", {section}),
              AllOf(HasSubstr("of settings that are marked *reloadable*, without one"),
                    HasSubstr("| 1 to 100 | *Reloadable.* Number of jobs. |")));
  section.settings[0].reloadable = false;
  EXPECT_THAT(
      SettingsMarkdown("", {section}),
      AllOf(HasSubstr("A change takes effect at the next start.\n"), Not(HasSubstr("eloadable"))));
}

TEST(SettingsMarkdownTest, SharesAHeadingBetweenNeighboursWithTheSameTitle) {
  int doors = 1;
  int windows = 2;
  const std::string text = SettingsMarkdown(
      "", {{.title = "House", .settings = {Integer("DOORS", doors, 1, 9, "Doors.")}},
           {.title = "House", .settings = {Integer("WINDOWS", windows, 1, 9, "Windows.")}}});
  EXPECT_THAT(text, HasSubstr("| `DOORS` | `1` | 1 to 9 | Doors. |\n"
                              "| `WINDOWS` | `2` | 1 to 9 | Windows. |\n"));
}

}  // namespace
}  // namespace matinee::config
