// `matinee import --captures`: lists the captures in CAPTURE_DIR again whose database was lost.

#include <filesystem>
#include <iostream>
#include <memory>

#include "base/clock.h"
#include "capture/capture_folder.h"
#include "commands/commands.h"
#include "runtime/data_dir_lock.h"
#include "runtime/identity.h"
#include "runtime/postgres.h"
#include "schemas.h"
#include "sql/sqlite.h"

namespace matinee {
namespace {

// In one process: locked, so that it does not run. A lock outlives the database.
struct Locked {
  UniqueFd database_lock;
  UniqueFd folder_lock;
  std::unique_ptr<sql::Database> database;
};

Result<Locked> OpenLocked(const Settings& settings, const Clock& clock) {
  Locked locked;
  if (!settings.database.url.empty()) {
    TRY_ASSIGN(locked.database, OpenPostgres(settings.database, clock, nullptr));
    TRY(sql::CheckSchema(*locked.database, Schemas()));
    return locked;
  }
  TRY_ASSIGN(locked.database, sql::OpenSqlite(settings.database.path, clock, nullptr));
  TRY_ASSIGN(locked.database_lock, LockDatabaseFile(settings.database.path));
  TRY_ASSIGN(locked.folder_lock, LockCaptureFolder(settings.captures.capture_dir));
  TRY(sql::Migrate(*locked.database, Schemas()));
  return locked;
}

}  // namespace

Status ImportCaptureFolder(const Settings& settings) {
  const SystemClock clock;
  const std::string& folder = settings.captures.capture_dir;
  if (!std::filesystem::is_directory(folder)) {
    return Fail(Code::kNotFound, "there is no folder " + folder +
                                     "; set CAPTURE_DIR or DATA_DIR as for the Matinee that runs");
  }
  TRY_ASSIGN(const Locked locked, OpenLocked(settings, clock));
  TRY_ASSIGN(const Identity identity, IdentityOf(*locked.database, clock));
  TRY_ASSIGN(const capture::ImportCounts counts,
             capture::ImportCaptures(*locked.database, folder, identity.id));
  std::cout << counts.added << " of " << counts.found << " captures in " << folder << " were added";
  if (counts.added < counts.found) std::cout << "; the others were there already";
  std::cout << ".\n";
  return {};
}

}  // namespace matinee
