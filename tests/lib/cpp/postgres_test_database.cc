#include "sql/postgres.h"
#include "tests/lib/cpp/postgres_server.h"
#include "tests/lib/cpp/test_database.h"

namespace matinee::sql {
namespace {

class PostgresTestDatabase final : public TestDatabase {
 public:
  Result<std::unique_ptr<Database>> Open(const Clock& clock, Metrics* metrics) override {
    // These tests are not about a server that is slow, nor about a machine that is.
    constexpr std::chrono::milliseconds kTestTimeout{60'000};
    return OpenPostgres({.url = url_,
                         .connections = 6,
                         .connect_time = kTestTimeout,
                         .statement_time = kTestTimeout,
                         .answer_grace = kTestTimeout},
                        clock, metrics);
  }

  std::vector<std::string> Schema(Database& database) override {
    const Query query{"schema",
                      "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' ||"
                      " is_nullable || ' ' || COALESCE(column_default, '')"
                      " FROM information_schema.columns WHERE table_schema = 'public'"
                      " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
                      " ORDER BY 1"};
    std::vector<std::string> schema;
    for (const Row& row : database.Run(query, {}).value_or(Rows())) schema.push_back(row.Text(0));
    return schema;
  }

  [[nodiscard]] std::string system() const override { return "postgresql"; }

 private:
  const Secret url_ = SharedPostgresServer().MakeDatabase();
};

}  // namespace

std::unique_ptr<TestDatabase> TestDatabase::Make() {
  return std::make_unique<PostgresTestDatabase>();
}

}  // namespace matinee::sql
