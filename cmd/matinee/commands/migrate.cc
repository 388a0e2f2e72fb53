// `matinee migrate`: brings the schema of the database up to date, and copies the captures of a
// single machine into PostgreSQL.

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "commands/commands.h"
#include "runtime/data_dir_lock.h"
#include "runtime/identity.h"
#include "runtime/mediasnap.h"
#include "runtime/postgres.h"
#include "runtime/settings.h"
#include "schemas.h"
#include "sql/copy_tables.h"
#include "sql/sqlite.h"

namespace matinee {
namespace {

struct MigrateOptions {
  std::string from;  // "sqlite:///file"; empty: only the schema.
  int wait_seconds = 0;
};

Result<std::unique_ptr<sql::Database>> OpenDatabase(const Settings& settings, const Clock& clock,
                                                    std::chrono::seconds wait) {
  if (settings.database.url.empty()) {
    TRY_ASSIGN(const std::string file, SqliteFile(settings, Schemas(), clock));
    return sql::OpenSqlite(file, clock, nullptr);
  }
  const auto until = std::chrono::steady_clock::now() + wait;
  return WaitForPostgres(settings.database, clock, nullptr,
                         [until] { return std::chrono::steady_clock::now() < until; });
}

// The database of a single machine, which no process uses during the copy.
struct Source {
  UniqueFd lock;
  std::unique_ptr<sql::Database> database;
};

Result<Source> OpenSource(const std::string& from, const sql::DatabaseSettings& settings,
                          const Clock& clock) {
  TRY_ASSIGN(const std::string path, sql::ParseSqliteUrl(from).map_error([](const Error& error) {
    return Error{error.code, "--from: the value " + error.message};
  }));
  if (settings.url.empty()) {
    return Fail(Code::kInvalidArgument,
                "--from copies captures into PostgreSQL: set DATABASE_URL=postgres://…");
  }
  if (!std::filesystem::exists(path)) {
    return Fail(Code::kNotFound, "--from: the file " + path + " does not exist");
  }
  Source source;
  TRY_ASSIGN(source.lock, LockDatabaseFile(path));
  TRY_ASSIGN(source.database, sql::OpenSqlite(path, clock, nullptr));
  TRY(sql::Migrate(*source.database, Schemas()));
  return source;
}

Status Migrate(const Settings& settings, const MigrateOptions& options) {
  const SystemClock clock;
  Source source;
  if (!options.from.empty()) {
    TRY_ASSIGN(source, OpenSource(options.from, settings.database, clock));
  }
  const std::chrono::seconds wait(options.wait_seconds);
  TRY_ASSIGN(const auto database, OpenDatabase(settings, clock, wait));
  TRY(sql::Migrate(*database, Schemas()));
  TRY_ASSIGN(const Identity identity, IdentityOf(*database, clock));
  std::cout << "The database is up to date.\n";
  if (!source.database) return {};
  TRY_ASSIGN(
      const auto copies,
      sql::CopyTables(*source.database, *database, Schemas(), [](const sql::TableCopy& so_far) {
        std::cerr << so_far.found << " " << so_far.table << " read\n";
      }));
  for (const sql::TableCopy& copy : copies) {
    std::cout << copy.added << " of " << copy.found << " " << copy.table << " were copied";
    if (copy.added < copy.found) std::cout << "; the others were there already";
    std::cout << ".\n";
  }
  TRY(MarkAsMoved(*source.database, identity.id));
  std::cout
      << "The files were not copied: set CAPTURE_DIR of api, worker and edge to their folder, "
         "or copy it. `matinee up` does not start on the old database any more.\n";
  return {};
}

int RunMigrate(const Settings& settings, const MigrateOptions& options) {
  if (const Status migrated = Migrate(settings, options); !migrated) {
    std::cerr << "matinee: " << migrated.error().message << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace

CommandBody MakeMigrate(CLI::App& app) {
  auto options = std::make_shared<MigrateOptions>();
  app.add_option("--from", options->from,
                 "Copy the captures of a single machine: sqlite:///folder/matinee.db");
  app.add_option("--wait", options->wait_seconds,
                 "How long to wait for a PostgreSQL that cannot be reached yet: 30s, 5m")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}}))
      ->check(CLI::NonNegativeNumber);
  return [options](const Settings& settings) { return RunMigrate(settings, *options); };
}

}  // namespace matinee
