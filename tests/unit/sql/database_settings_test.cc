#include "sql/database_settings.h"

#include "tests/unit/load_section.h"

namespace matinee::sql {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DatabaseSettingsTest : public testing::Test {
 protected:
  std::string data_dir_ = "/data";
  config::SectionLoader<DatabaseSettings> database_{
      [this](DatabaseSettings& settings) { return DatabaseSection(settings, data_dir_); }};
};

TEST_F(DatabaseSettingsTest, IsAFileInTheDataFolderByDefault) {
  EXPECT_EQ(database_.LoadFrom({}).path, "/data/matinee.db");
  data_dir_ = "/";
  EXPECT_EQ(database_.LoadFrom({}).path, "/matinee.db");
}

TEST_F(DatabaseSettingsTest, AUrlOfPostgresReplacesTheFile) {
  for (const char* url : {"postgres://u:geheim@db/m", "PostgreSQL://u:geheim@db/m"}) {
    const DatabaseSettings settings = database_.LoadFrom({{"DATABASE_URL", url}});
    EXPECT_EQ(settings.url.Reveal(), url);
    EXPECT_EQ(settings.path, "");
    EXPECT_THAT(database_.printed(), Not(HasSubstr("geheim")));
  }
}

TEST_F(DatabaseSettingsTest, AUrlOfAFileIsAPath) {
  const DatabaseSettings settings = database_.LoadFrom({{"DATABASE_URL", "sqlite:///a%20b.db"}});
  EXPECT_EQ(settings.path, "/a b.db");
  EXPECT_TRUE(settings.url.empty());
  EXPECT_THAT(database_.printed(),
              AllOf(HasSubstr("db_path: \"/a b.db\"  # environment (DATABASE_URL)\n"),
                    HasSubstr("database_url: \"\"  # environment\n")));
}

TEST_F(DatabaseSettingsTest, APathAndAUrlContradictEachOther) {
  EXPECT_EQ(database_.ErrorOf("db_path: /a.db", {{"DATABASE_URL", "postgres://db/m"}}),
            "DB_PATH and DATABASE_URL contradict each other; set one of them");
}

TEST(ParseSqliteUrlTest, RequiresAnAbsolutePath) {
  EXPECT_EQ(ParseSqliteUrl("sqlite:///srv/m.db").value_or("refused"), "/srv/m.db");
  EXPECT_EQ(ParseSqliteUrl("SQLite:///a%20b.db").value_or("refused"), "/a b.db");
  for (const char* text : {"", "sqlite:", "sqlite://m.db", "sqlite:///", "sqlite:///a%0ab",
                           "sqlite:///%zz", "postgresql://x/y"}) {
    EXPECT_FALSE(ParseSqliteUrl(text)) << text;
  }
}

}  // namespace
}  // namespace matinee::sql
