#include "sql/schema.h"

#include <algorithm>
#include <cstdint>

#include "base/strings.h"

namespace matinee::sql {
namespace {

constexpr std::string_view kTable = "schema_migrations";

// Version 0.1.0 had this table without the column `component`, and at most the steps 1 and 2, all
// of captures. It refuses to start if the highest number in the column `version` is above its own.
// The table's present form is therefore recorded as step 3 of a component named like the table.
constexpr std::string_view kUnnamedComponent = "capture";
constexpr int64_t kTableVersion = 3;

constexpr Query kCreate{"schema_create",
                        "CREATE TABLE schema_migrations (component TEXT NOT NULL, "
                        "version BIGINT NOT NULL, name TEXT NOT NULL, "
                        "PRIMARY KEY (component, version))"};
constexpr Query kDrop{"schema_drop", "DROP TABLE schema_migrations"};
constexpr Query kVersions{
    "schema_versions", "SELECT component, MAX(version) FROM schema_migrations GROUP BY component"};
constexpr Query kUnnamedVersion{"schema_unnamed_version",
                                "SELECT COALESCE(MAX(version), 0) FROM schema_migrations"};
constexpr Query kUnnamedSteps{"schema_unnamed_steps",
                              "SELECT version, name FROM schema_migrations ORDER BY version"};
constexpr Query kRecord{"schema_record",
                        "INSERT INTO schema_migrations (component, version, name) "
                        "VALUES ($1, $2, $3)"};

// The last step of each component that the database has; empty for a new database.
using Versions = std::map<std::string, int64_t, std::less<>>;

int64_t VersionOf(const Versions& versions, std::string_view component) {
  const auto found = versions.find(component);
  return found == versions.end() ? 0 : found->second;
}

Result<Versions> ReadVersions(Session& session) {
  TRY_ASSIGN(const std::vector<std::string> columns, session.Columns(kTable));
  Versions versions;
  if (columns.empty()) return versions;
  if (std::find(columns.begin(), columns.end(), "component") == columns.end()) {
    TRY_ASSIGN(const Rows rows, session.Run(kUnnamedVersion, {}));
    versions.emplace(kUnnamedComponent, rows.at(0).Int(0));
    return versions;
  }
  TRY_ASSIGN(const Rows rows, session.Run(kVersions, {}));
  for (const Row& row : rows) versions.emplace(row.Text(0), row.Int(1));
  return versions;
}

// The steps of this program by component, the form of schema_migrations among them.
Versions NewestVersions(const SchemaRegistry& registry) {
  Versions newest = {{std::string(kTable), kTableVersion}};
  for (const Schema& schema : registry) {
    newest.emplace(schema.component, static_cast<int64_t>(schema.steps.size()));
  }
  return newest;
}

Status RefuseNewer(const Versions& found, const Versions& newest) {
  constexpr const char* kWhatToDo =
      ": it was written by a newer Matinee; run that one, or name another database";
  for (const auto& [component, version] : found) {
    const auto known = newest.find(component);
    if (known == newest.end()) {
      return Fail(Code::kConflict, "the database has tables of \"" + EscapeUnprintable(component) +
                                       "\", which this program does not know" + kWhatToDo);
    }
    if (version > known->second) {
      return Fail(Code::kConflict, "the database has schema version " + std::to_string(version) +
                                       " of " + component + ", this program knows versions up to " +
                                       std::to_string(known->second) + kWhatToDo);
    }
  }
  return {};
}

Status CheckRegistry(const SchemaRegistry& registry) {
  for (const Schema& schema : registry) {
    const auto same = [&](const Schema& other) { return other.component == schema.component; };
    if (schema.component == kTable || std::count_if(registry.begin(), registry.end(), same) != 1) {
      return Fail(Code::kInternal, "two schemas have the name \"" + schema.component + "\"");
    }
    for (size_t i = 0; i < schema.steps.size(); ++i) {
      if (schema.steps[i].version == static_cast<int>(i) + 1) continue;
      return Fail(Code::kInternal,
                  "the steps of " + schema.component + " are not numbered 1, 2, 3, ...");
    }
  }
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

Status Record(Session& session, std::string_view component, int64_t version,
              std::string_view name) {
  TRY(session.Run(kRecord, {component, version, name}));
  return {};
}

// Creates schema_migrations, or converts that of 0.1.0 to the present form.
Status UpgradeTable(Session& session, const Versions& found) {
  if (VersionOf(found, kTable) == kTableVersion) return {};
  Rows unnamed_steps;
  if (!found.empty()) {
    TRY_ASSIGN(unnamed_steps, session.Run(kUnnamedSteps, {}));
    // Not ALTER TABLE: SQLite cannot change a primary key.
    TRY(session.Run(kDrop, {}));
  }
  TRY(session.Run(kCreate, {}));
  for (const Row& step : unnamed_steps) {
    TRY(Record(session, kUnnamedComponent, step.Int(0), step.Text(1)));
  }
  return Record(session, kTable, kTableVersion, "components");
}

Status Apply(Session& session, const Schema& schema, const Migration& step) {
  const std::string name = "migration_" + schema.component + "_" + std::string(step.name);
  for (const std::string& statement : Statements(step.text)) {
    TRY(session.Run(Query{name, statement}, {}));
  }
  return Record(session, schema.component, step.version, step.name);
}

}  // namespace

Status Migrate(Database& database, const SchemaRegistry& registry) {
  TRY(CheckRegistry(registry));
  return database.Transact([&](Session& session) -> Status {
    TRY_ASSIGN(const Versions found, ReadVersions(session));
    TRY(RefuseNewer(found, NewestVersions(registry)));
    TRY(UpgradeTable(session, found));
    for (const Schema& schema : registry) {
      const auto done = static_cast<size_t>(VersionOf(found, schema.component));
      for (const Migration& step : schema.steps.subspan(done)) TRY(Apply(session, schema, step));
    }
    return {};
  });
}

Status CheckSchema(Database& database, const SchemaRegistry& registry) {
  const Versions newest = NewestVersions(registry);
  TRY_ASSIGN(const Versions found, ReadVersions(database));
  TRY(RefuseNewer(found, newest));
  for (const auto& [component, version] : newest) {
    const int64_t has = VersionOf(found, component);
    if (has == version) continue;
    return Fail(Code::kConflict, "the database has schema version " + std::to_string(has) + " of " +
                                     component + ", this program needs " + std::to_string(version) +
                                     ": run `matinee migrate`");
  }
  return {};
}

}  // namespace matinee::sql
