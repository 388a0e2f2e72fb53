#include "runtime/mediasnap.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "capture/mediasnap.h"
#include "sql/sqlite.h"
#include "storage/folder_store.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

// SQLite's files beside a database.
constexpr const char* kSuffixes[] = {"", "-wal", "-shm", "-journal"};

void RemoveDatabase(const std::string& path) {
  for (const char* suffix : kSuffixes) unlink((path + suffix).c_str());
}

// Makes the database `path` of MediaSnap's captures.
Result<capture::MediaSnapImport> MakeFrom(sql::Session& mediasnap, const std::string& path,
                                          const Settings& settings,
                                          const sql::SchemaRegistry& schemas, const Clock& clock) {
  storage::FolderStore files(settings.captures.capture_dir,
                             std::vector<std::string>{capture::kThumbnailFolder});
  TRY(files.Open());
  TRY_ASSIGN(const auto database, sql::OpenSqlite(path, clock, nullptr));
  TRY(sql::Migrate(*database, schemas));
  return capture::ImportMediaSnap(mediasnap, *database, files, {});
}

}  // namespace

Result<std::string> SqliteFile(const Settings& settings, const sql::SchemaRegistry& schemas,
                               const Clock& clock) {
  const std::string& path = settings.database.path;
  TRY_ASSIGN(const auto mediasnap, capture::OpenMediaSnap(path, clock));
  if (!mediasnap) return path;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const std::string file = (folder / "matinee.db").string();
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    Log(Severity::kInfo, "start", "DB_PATH is MediaSnap's database; Matinee's is beside it",
        {{"db_path", file}});
    return file;
  }
  // Under another name until it is whole: an interrupted import begins again.
  const std::string unfinished = file + ".import";
  RemoveDatabase(unfinished);
  const auto import = MakeFrom(*mediasnap, unfinished, settings, schemas, clock);
  if (!import) {
    RemoveDatabase(unfinished);
    return Fail(import.error().WithContext("taking over MediaSnap's captures"));
  }
  if (rename(unfinished.c_str(), file.c_str()) != 0) {
    return Fail(SystemError("cannot rename " + EscapeUnprintable(unfinished), errno));
  }
  TRY(SyncPath(folder.empty() ? "." : folder.string()));
  Log(Severity::kInfo, "start",
      "DB_PATH is MediaSnap's database: its captures were copied into Matinee's, beside it",
      {{"db_path", file},
       {"found", import->found},
       {"added", import->added},
       {"without_file", import->without_file},
       {"malformed", import->malformed}});
  return file;
}

}  // namespace matinee
