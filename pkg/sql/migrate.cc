#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "sql/database.h"

namespace matinee::sql {
namespace {

constexpr Query kCreateTable{"schema_create",
                             "CREATE TABLE IF NOT EXISTS schema_migrations "
                             "(version BIGINT PRIMARY KEY, name TEXT NOT NULL)"};
constexpr Query kVersion{"schema_version",
                         "SELECT COALESCE(MAX(version), 0) FROM schema_migrations"};
constexpr Query kRecord{"schema_record",
                        "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)"};

Result<int64_t> Version(Session& session) {
  TRY_ASSIGN(const Rows rows, session.Run(kVersion, {}));
  return rows.at(0).Int(0);
}

Status MakeTable(Session& session) {
  TRY(session.Run(kCreateTable, {}));
  return {};
}

// The statements of a step. A line that is nothing but a comment belongs to none.
std::vector<std::string> Statements(std::string_view text) {
  std::vector<std::string> statements;
  std::string current;
  for (const std::string_view line : Split(text, '\n')) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || trimmed.starts_with("--")) continue;
    current += line;
    current += '\n';
    if (!trimmed.ends_with(';')) continue;
    statements.push_back(std::move(current));
    current.clear();
  }
  if (!current.empty()) statements.push_back(std::move(current));
  return statements;
}

Error NewerSchema(int64_t version, int64_t newest) {
  return {Code::kConflict,
          "the database has schema version " + std::to_string(version) +
              ", this program knows versions up to " + std::to_string(newest) +
              ": it was written by a newer Matinee; run that one, or name another database"};
}

Status Apply(Session& session, const Migration& migration) {
  // Asked anew inside the transaction: another process may have come first.
  TRY_ASSIGN(const int64_t version, Version(session));
  if (version >= migration.version) return {};
  const std::string name = "migration_" + std::string(migration.name);
  for (const std::string& statement : Statements(migration.text)) {
    TRY(session.Run(Query{name, statement}, {}));
  }
  TRY(session.Run(kRecord, {migration.version, migration.name}));
  return {};
}

}  // namespace

Status Migrate(Database& database, std::span<const Migration> migrations) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version != static_cast<int>(i) + 1) {
      return Fail(Code::kInternal, "the migrations of this program are not numbered 1, 2, 3, ...");
    }
  }
  // In a transaction, since those follow one another: two programs may start together.
  TRY(database.Transact(MakeTable));
  TRY_ASSIGN(const int64_t version, Version(database));
  const auto newest = static_cast<int64_t>(migrations.size());
  if (version > newest) {
    return Fail(NewerSchema(version, newest));
  }
  for (const Migration& migration : migrations.subspan(static_cast<size_t>(version))) {
    TRY(database.Transact([&](Session& session) { return Apply(session, migration); }));
  }
  return {};
}

Status CheckSchema(Database& database, std::span<const Migration> migrations) {
  const auto newest = static_cast<int64_t>(migrations.size());
  const Result<int64_t> found = Version(database);
  // Without the table nothing has been migrated; what is worse than that shows right after.
  const bool missing = !found && found.error().code == Code::kInternal;
  if (!found && !missing) return Fail(found.error());
  const int64_t version = found.value_or(0);
  if (version == newest) return {};
  if (version > newest) return Fail(NewerSchema(version, newest));
  return Fail(Code::kConflict, "the database has schema version " + std::to_string(version) +
                                   ", this program needs " + std::to_string(newest) +
                                   ": run `matinee migrate`");
}

}  // namespace matinee::sql
