// `matinee import`: takes over captures that this database does not know.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strings.h"
#include "capture/mediasnap.h"
#include "commands/commands.h"
#include "runtime/identity.h"
#include "runtime/mediasnap.h"
#include "runtime/postgres.h"
#include "runtime/settings.h"
#include "schemas.h"
#include "sql/sqlite.h"
#include "storage/folder_store.h"

namespace matinee {
namespace {

struct ImportCommand {
  bool captures = false;
  std::string database;
  std::string files;
};

// Brings the schema of a single machine up to date; that of a cluster is `matinee migrate`'s.
Result<std::unique_ptr<sql::Database>> OpenTarget(const Settings& settings, const Clock& clock) {
  if (!settings.database.url.empty()) {
    TRY_ASSIGN(auto shared, OpenPostgres(settings.database, clock, nullptr));
    TRY(sql::CheckSchema(*shared, Schemas()));
    return shared;
  }
  TRY_ASSIGN(const std::string file, SqliteFile(settings, Schemas(), clock));
  TRY_ASSIGN(auto database, sql::OpenSqlite(file, clock, nullptr));
  TRY(sql::Migrate(*database, Schemas()));
  return database;
}

void Print(const capture::MediaSnapImport& import) {
  std::cout << import.added << " of " << import.found << " captures were taken over.\n";
  const auto line = [](int64_t count, const char* what) {
    if (count > 0) std::cout << count << " " << what << ".\n";
  };
  line(import.known, "were there already");
  line(import.without_file, "were skipped, because their files are missing");
  line(import.malformed, "were skipped, because they are not MediaSnap's");
}

Status ImportFromMediaSnap(const Settings& settings, const ImportCommand& command) {
  const SystemClock clock;
  TRY_ASSIGN(const auto mediasnap, capture::OpenMediaSnap(command.database, clock));
  if (!mediasnap) {
    return Fail(Code::kInvalidArgument, EscapeUnprintable(command.database) +
                                            " is not a database of MediaSnap, or cannot be read");
  }
  TRY_ASSIGN(const auto database, OpenTarget(settings, clock));
  TRY_ASSIGN(const Identity identity, IdentityOf(*database, clock));
  storage::FolderStore files(settings.captures.capture_dir,
                             std::vector<std::string>{capture::kThumbnailFolder}, identity.id);
  TRY(files.Open());
  TRY_ASSIGN(const auto import,
             capture::ImportMediaSnap(
                 *mediasnap, *database, files,
                 {.files_folder = command.files, .on_skipped = [](const std::string& sentence) {
                    std::cerr << sentence << "\n";
                  }}));
  Print(import);
  return {};
}

Status Import(const Settings& settings, const ImportCommand& command) {
  if (command.captures) return ImportCaptureFolder(settings);
  if (!command.database.empty()) return ImportFromMediaSnap(settings, command);
  return Fail(Code::kInvalidArgument,
              "import needs the database of MediaSnap, or --captures; see matinee import --help");
}

}  // namespace

CommandBody MakeImport(CLI::App& app) {
  auto command = std::make_shared<ImportCommand>();
  auto* captures = app.add_flag("--captures", command->captures,
                                "The captures in CAPTURE_DIR, when the database was lost");
  auto* database =
      app.add_option("database", command->database, "MediaSnap's database: /data/mediasnap.db")
          ->excludes(captures);
  app.add_option("--files", command->files,
                 "The folder with MediaSnap's files, if it is not CAPTURE_DIR; they are linked, or "
                 "copied from another file system")
      ->needs(database);
  return [command](const Settings& settings) {
    if (const Status imported = Import(settings, *command); !imported) {
      std::cerr << "matinee: " << imported.error().message << "\n";
      return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
  };
}

}  // namespace matinee
