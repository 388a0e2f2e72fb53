#include "sql/sqlite.h"
#include "tests/lib/cpp/test_database.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::sql {
namespace {

class SqliteTestDatabase final : public TestDatabase {
 public:
  Result<std::unique_ptr<Database>> Open(const Clock& clock, Metrics* metrics) override {
    return OpenSqlite(folder_.File("test.db"), clock, metrics);
  }

  std::vector<std::string> Schema(Database& database) override {
    const Query query{"schema",
                      "SELECT name || ' ' || COALESCE(sql, '') FROM sqlite_schema ORDER BY name"};
    std::vector<std::string> schema;
    for (const Row& row : database.Run(query, {}).value_or(Rows())) schema.push_back(row.Text(0));
    return schema;
  }

  [[nodiscard]] std::string system() const override { return "sqlite"; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<TestDatabase> TestDatabase::Make() {
  return std::make_unique<SqliteTestDatabase>();
}

}  // namespace matinee::sql
