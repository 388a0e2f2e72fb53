// `matinee migrate`: brings the database up to date, and the captures of a single machine over.

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/clock.h"
#include "capture/bring_over.h"
#include "capture/capture_row.h"
#include "config/settings.h"
#include "foundation.h"
#include "roles.h"
#include "sql/sqlite.h"

namespace matinee {
namespace {

Result<std::unique_ptr<sql::Database>> OpenDatabase(const config::Settings& settings,
                                                    const Clock& clock, std::chrono::seconds wait) {
  if (settings.database_url.empty()) return sql::OpenSqlite(settings.db_path, clock, nullptr);
  const auto until = std::chrono::steady_clock::now() + wait;
  return WaitForPostgres(settings, clock, nullptr,
                         [until] { return std::chrono::steady_clock::now() < until; });
}

Result<std::unique_ptr<sql::Database>> OpenSource(const std::string& from,
                                                  const config::Settings& settings,
                                                  const Clock& clock) {
  TRY_ASSIGN(const std::string path, config::ParseSqliteUrl(from).map_error([](const Error& error) {
    return Error{error.code, "--from: the value " + error.message};
  }));
  if (settings.database_url.empty()) {
    return Fail(Code::kInvalidArgument,
                "--from brings captures into PostgreSQL: set DATABASE_URL=postgres://…");
  }
  if (!std::filesystem::exists(path)) {
    return Fail(Code::kNotFound, "--from: there is no file " + path);
  }
  TRY_ASSIGN(auto source, sql::OpenSqlite(path, clock, nullptr));
  TRY(sql::Migrate(*source, capture::Migrations()));
  return source;
}

Status Migrate(const config::Settings& settings, const std::string& from,
               std::chrono::seconds wait) {
  const SystemClock clock;
  std::unique_ptr<sql::Database> source;
  if (!from.empty()) {
    TRY_ASSIGN(source, OpenSource(from, settings, clock));
  }
  TRY_ASSIGN(const auto database, OpenDatabase(settings, clock, wait));
  TRY(sql::Migrate(*database, capture::Migrations()));
  std::cout << "The database is up to date (schema version " << capture::Migrations().size()
            << ").\n";
  if (!source) return {};
  TRY_ASSIGN(const capture::BroughtOver brought,
             capture::BringOver(*source, *database, [](int64_t found) {
               std::cerr << found << " captures looked at\n";
             }));
  std::cout << brought.added << " of " << brought.found << " captures were brought over";
  if (brought.added < brought.found) std::cout << "; the others were there already";
  std::cout << ".\nTheir files lie where they were: give api, worker and edge that folder as "
               "CAPTURE_DIR, or copy it.\n";
  return {};
}

}  // namespace

int RunMigrate(const config::Settings& settings, const std::string& from,
               std::chrono::seconds wait) {
  if (const Status migrated = Migrate(settings, from, wait); !migrated) {
    std::cerr << "matinee: " << migrated.error().message << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace matinee
