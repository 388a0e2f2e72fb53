#include "config/load.h"

#include "noop_section.h"
#include "tests/unit/load_section.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class LoadTest : public testing::Test {
 protected:
  SectionLoader<NoopSettings> noop_{NoopSection};
};

TEST_F(LoadTest, KeepsTheDefaultsOfTheStruct) {
  const NoopSettings noop = noop_.LoadFrom({});
  EXPECT_EQ(noop.jobs, 10);
  EXPECT_EQ(noop.pause, milliseconds(1500));
  EXPECT_EQ(noop.mode, NoopMode::kFast);
  EXPECT_TRUE(noop.token.empty());
  EXPECT_THAT(noop_.warnings(), IsEmpty());
}

TEST_F(LoadTest, ReadsTheEnvironment) {
  const NoopSettings noop = noop_.LoadFrom({{"NOOP_JOBS", "20"},
                                            {"NOOP_PAUSE", "2s"},
                                            {"NOOP_MODE", "Slow"},
                                            {"NOOP_TOKEN", "sesame"},
                                            {"NOOP_HOSTS", "a, B"}});
  EXPECT_EQ(noop.jobs, 20);
  EXPECT_EQ(noop.pause, milliseconds(2000));
  EXPECT_EQ(noop.mode, NoopMode::kSlow);
  EXPECT_EQ(noop.token.Reveal(), "sesame");
  EXPECT_THAT(noop.hosts, ElementsAre("a", "b"));
}

TEST_F(LoadTest, ReadsTheFile) {
  const NoopSettings noop = noop_.Load(R"(
noop_jobs: 20       # a number
noop_hosts: [a, B]
noop_rules:
  - {if: a, then: b}
noop_stages: [one, two]
)");
  EXPECT_EQ(noop.jobs, 20);
  EXPECT_THAT(noop.hosts, ElementsAre("a", "b"));
  EXPECT_THAT(noop.rules, ElementsAre(Entry{{"if", "a"}, {"then", "b"}}));
  EXPECT_THAT(noop.stages, ElementsAre("one", "two"));
}

TEST_F(LoadTest, LetsTheEnvironmentOverrideTheFile) {
  EXPECT_EQ(noop_.Load("noop_jobs: 20", {{"NOOP_JOBS", "30"}}).jobs, 30);
  EXPECT_EQ(noop_.Load("noop_jobs: 20", {{"NOOP_JOBS", ""}}).jobs, 20) << "empty is not set";
}

TEST_F(LoadTest, ReadsASecretFromAFile) {
  const TemporaryFolder folder;
  const std::string file = folder.Write("token", "sesame\n");
  EXPECT_EQ(noop_.LoadFrom({{"NOOP_TOKEN_FILE", file}}).token.Reveal(), "sesame");
  EXPECT_EQ(noop_.Load("noop_token_file: " + file).token.Reveal(), "sesame");
  EXPECT_EQ(noop_.ErrorOfEnvironment({{"NOOP_TOKEN_FILE", file}, {"NOOP_TOKEN", "x"}}),
            "NOOP_TOKEN and NOOP_TOKEN_FILE are both set; set one of them");
  EXPECT_THAT(noop_.ErrorOf("noop_jobs_file: " + file), HasSubstr("unknown setting"))
      << "it is not a secret";
}

TEST_F(LoadTest, CompletesASectionAfterItsValues) {
  EXPECT_EQ(noop_.LoadFrom({}).folder, "/noop");
  EXPECT_EQ(noop_.LoadFrom({{"NOOP_NAME", "other"}}).folder, "/other");
  EXPECT_EQ(noop_.LoadFrom({{"NOOP_FOLDER", "/x/"}}).folder, "/x");
  EXPECT_EQ(noop_.ErrorOfEnvironment({{"NOOP_PAUSE", "2s"}}),
            "NOOP_PAUSE and NOOP_MODE contradict each other");
}

TEST_F(LoadTest, SuggestsTheNearestNameOfASection) {
  EXPECT_EQ(noop_.ErrorOf("noop_job: 1"),
            "matinee.yaml:1: unknown setting \"noop_job\"; did you mean noop_jobs?");
  EXPECT_EQ(noop_.ErrorOf("noop_stage: 1"),
            "matinee.yaml:1: unknown setting \"noop_stage\"; did you mean noop_stages?");
  EXPECT_EQ(noop_.ErrorOfEnvironment({{"MATINEE_NOOP_JOBS", "1"}}),
            "unknown variable \"MATINEE_NOOP_JOBS\"; did you mean NOOP_JOBS?");
}

TEST_F(LoadTest, WarnsOfAMisspelledVariableWithAPrefixOfASection) {
  noop_.LoadFrom({{"NOOP_JOSB", "1"}, {"NOOP_SOMETHING_ELSE", "1"}, {"NOPE_JOBS", "1"}});
  EXPECT_THAT(noop_.warnings(), ElementsAre("NOOP_JOSB is not a setting; did you mean NOOP_JOBS?"));
}

TEST_F(LoadTest, AcceptsAFormerNameWithAWarning) {
  EXPECT_EQ(noop_.LoadFrom({{"NOOP_TITLE", "old"}}).name, "old");
  EXPECT_THAT(noop_.warnings(), ElementsAre("NOOP_TITLE is deprecated; use NOOP_NAME"));
  EXPECT_EQ(noop_.Load("noop_title: old").name, "old");
  EXPECT_THAT(noop_.warnings(),
              ElementsAre("matinee.yaml:1: noop_title is deprecated; use NOOP_NAME"));
  EXPECT_EQ(noop_.ErrorOfEnvironment({{"NOOP_TITLE", "old"}, {"NOOP_NAME", "new"}}),
            "NOOP_NAME and NOOP_TITLE are both set; set one of them");
}

TEST_F(LoadTest, AcceptsAFormerNameOfASecretsFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(noop_.LoadFrom({{"NOOP_KEY_FILE", folder.Write("key", "sesame")}}).token.Reveal(),
            "sesame");
}

TEST_F(LoadTest, DoesNotSuggestAFormerName) {
  EXPECT_EQ(noop_.ErrorOf("noop_titles: x"), "matinee.yaml:1: unknown setting \"noop_titles\"");
}

TEST_F(LoadTest, RefusesUnknownKeysInAListOfMappings) {
  EXPECT_EQ(noop_.ErrorOf("noop_rules: [{when: a}]"),
            "matinee.yaml:1: noop_rules has a mapping with the unknown key when");
  EXPECT_EQ(noop_.ErrorOf("noop_rules: [a]"),
            "matinee.yaml:1: noop_rules must be a list of mappings such as {if: a, then: b}");
  EXPECT_THAT(noop_.ErrorOf("noop_rules: a"), HasSubstr("\"a\" is not a list"));
}

TEST_F(LoadTest, NamesTheVariableTheValueAndTheRange) {
  EXPECT_EQ(noop_.ErrorOfEnvironment({{"NOOP_JOBS", "999"}}),
            "NOOP_JOBS: \"999\" is not a whole number from 1 to 100");
  EXPECT_EQ(noop_.ErrorOf("\nnoop_mode: x"),
            "matinee.yaml:2: noop_mode: \"x\" is not one of slow, fast");
}

TEST_F(LoadTest, NeverQuotesASecret) {
  EXPECT_THAT(noop_.ErrorOfEnvironment({{"NOOP_TOKEN", "open sesame"}}),
              AllOf(StartsWith("NOOP_TOKEN: the value is not a token"), Not(HasSubstr("sesame"))));
}

TEST_F(LoadTest, FillsEachSectionsStruct) {
  NoopSettings noop;
  int doors = 1;
  const Sections sections = {
      NoopSection(noop),
      {.title = "Doors", .settings = {Integer("DOORS", doors, 1, 9, "Number of doors.")}}};
  const auto loaded = LoadYaml(sections, "doors: 3", "m.yaml", {{"NOOP_JOBS", "20"}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(noop.jobs, 20);
  EXPECT_EQ(doors, 3);
}

TEST_F(LoadTest, ReportsTheErrorsOfAllSectionsAtOnce) {
  NoopSettings noop;
  int doors = 1;
  const Sections sections = {
      {.title = "Doors", .settings = {Integer("DOORS", doors, 1, 9, "Number of doors.")}},
      NoopSection(noop)};
  const auto loaded = LoadYaml(sections, "doors: x", "m.yaml", {{"NOOP_MODE", "x"}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message,
            "2 settings are wrong:\n"
            "  m.yaml:1: doors: \"x\" is not a whole number from 1 to 9\n"
            "  NOOP_MODE: \"x\" is not one of slow, fast");
}

TEST_F(LoadTest, RefusesSectionsThatDeclareOneName) {
  NoopSettings noop;
  int jobs = 1;
  const Sections sections = {
      NoopSection(noop),
      {.title = "Others", .settings = {Integer("NOOP_TITLE", jobs, 1, 9, "Taken.")}}};
  const auto loaded = LoadYaml(sections, "", "", {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kInternal);
  EXPECT_EQ(loaded.error().message, "two settings have the name NOOP_TITLE");
}

TEST_F(LoadTest, PrintsEachSettingAndItsSource) {
  noop_.Load("noop_hosts: [a, b]\nnoop_stages: [one]", {{"NOOP_JOBS", "20"}, {"NOOP_TOKEN", "x"}});
  EXPECT_EQ(noop_.printed(),
            "# The settings in force. Secrets are masked.\n"
            "noop_jobs: 20  # environment\n"
            "noop_pause: 1500ms  # default\n"
            "noop_mode: fast  # default\n"
            "noop_token: \"***\"  # environment\n"
            "noop_hosts: [a, b]  # matinee.yaml\n"
            "noop_folder: \"/noop\"  # default\n"
            "noop_name: noop  # default\n"
            "noop_rules: \"\"  # default\n"
            "noop_stages:  # matinee.yaml\n"
            "  - one\n");
}

class LoadFileTest : public testing::Test {
 protected:
  Status LoadFile(const std::optional<std::string>& path) {
    TRY(Load({NoopSection(noop_)}, path, {}));
    return {};
  }

  const TemporaryFolder folder_;
  NoopSettings noop_;
};

TEST_F(LoadFileTest, ReadsTheFileThatIsNamed) {
  ASSERT_TRUE(LoadFile(folder_.Write("m.yaml", "noop_jobs: 20\n")));
  EXPECT_EQ(noop_.jobs, 20);
}

TEST_F(LoadFileTest, NeedsNoFile) {
  ASSERT_TRUE(LoadFile(std::nullopt));
  EXPECT_EQ(noop_.jobs, 10);
}

TEST_F(LoadFileTest, NamesTheMissingFile) {
  const Status loaded = LoadFile("/nowhere/m.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message,
              AllOf(StartsWith("MATINEE_CONFIG"), HasSubstr("/nowhere/m.yaml")));
}

TEST_F(LoadFileTest, RefusesAFileThatIsTooLong) {
  EXPECT_FALSE(LoadFile(folder_.Write("m.yaml", std::string(kYamlBytesMax + 1, '#'))));
  EXPECT_TRUE(LoadFile(folder_.Write("m.yaml", std::string(kYamlBytesMax, '#'))));
  EXPECT_FALSE(LoadFile(folder_.path()));
}

}  // namespace
}  // namespace matinee::config
