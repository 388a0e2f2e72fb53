#include "runtime/identity.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/ids.h"
#include "jobs/jobs_schema.h"
#include "jobs/terms.h"
#include "sql/sqlite.h"
#include "tests/unit/temporary_folder.h"

namespace matinee {
namespace {

class IdentityTest : public testing::Test {
 protected:
  std::unique_ptr<sql::Database> Open(const std::string& name) {
    return sql::OpenSqlite(folder_.File(name), clock_, nullptr).value();
  }
  static void Migrate(sql::Database& database) {
    const Status migrated = sql::Migrate(database, {jobs::JobsSchema(), IdentitySchema()});
    ASSERT_TRUE(migrated) << migrated.error().message;
  }

  const SystemClock clock_;
  const TemporaryFolder folder_;
};

TEST_F(IdentityTest, ADatabaseKeepsItsId) {
  const auto database = Open("a.db");
  Migrate(*database);
  const auto first = IdentityOf(*database, clock_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(IsUuid(first->id));
  EXPECT_FALSE(first->follows_0_1_0);
  EXPECT_EQ(IdentityOf(*database, clock_)->id, first->id);
  const auto again = Open("a.db");
  EXPECT_EQ(IdentityOf(*again, clock_)->id, first->id);
}

TEST_F(IdentityTest, TwoDatabasesHaveTwoIds) {
  const auto one = Open("a.db");
  const auto other = Open("b.db");
  Migrate(*one);
  Migrate(*other);
  EXPECT_NE(IdentityOf(*one, clock_)->id, IdentityOf(*other, clock_)->id);
}

TEST_F(IdentityTest, ADatabaseThatWasLedBeforeItHadAnIdSaysSo) {
  const auto database = Open("a.db");
  ASSERT_TRUE(sql::Migrate(*database, {jobs::JobsSchema()}));
  ASSERT_TRUE(jobs::BeginTerm(*database, 41));
  Migrate(*database);
  EXPECT_TRUE(IdentityOf(*database, clock_)->follows_0_1_0);
}

TEST_F(IdentityTest, AMovedDatabaseIsRefusedAndNamesTheOther) {
  const auto database = Open("a.db");
  Migrate(*database);
  ASSERT_TRUE(IdentityOf(*database, clock_));
  ASSERT_TRUE(MarkAsMoved(*database, "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47"));
  const auto refused = IdentityOf(*database, clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_NE(refused.error().message.find("0190b6c1-7d3e"), std::string::npos);
}

TEST_F(IdentityTest, ARowThatIsGoneIsMadeAgain) {
  const auto database = Open("a.db");
  Migrate(*database);
  ASSERT_TRUE(database->Run(sql::Query{"delete", "DELETE FROM database_identity"}, {}));
  const auto made = IdentityOf(*database, clock_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(IsUuid(made->id));
}

}  // namespace
}  // namespace matinee
