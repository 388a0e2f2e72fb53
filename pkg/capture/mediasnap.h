// Takes over the captures of MediaSnap, Matinee's predecessor: a SQLite file with one table
// `captures` of 13 columns, and a folder with the files "<id>.jpg" and "<id>.mp4".
//
// Ids and file names stay, so that old links go on working. The old database is only read. Its rows
// count as hostile: what does not fit is skipped, and no path in them is used to find a file.
//
// Thread safety: pure functions; the others as the databases and the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "capture/capture.h"
#include "sql/database.h"
#include "storage/file_store.h"

namespace matinee::capture {

// Opens the file if it is MediaSnap's database; null if it is another file or does not exist. Fails
// as OpenForeignSqlite. `clock` must outlive the session.
Result<std::unique_ptr<sql::Session>> OpenMediaSnap(const std::string& path, const Clock& clock);

// Converts a row of MediaSnap, without the size of the file; empty if it does not fit, or if its id
// or file name is not what MediaSnap makes. A capture that MediaSnap left pending is failed: it
// never finishes one after a restart. A failed one may be retried.
std::optional<Capture> FromMediaSnap(const sql::Row& row);
// The columns that FromMediaSnap reads, for SELECT.
extern const char* const kMediaSnapColumns;

struct MediaSnapImport {
  int64_t found = 0;
  int64_t added = 0;
  int64_t known = 0;         // In the database already: they stay as they are.
  int64_t without_file = 0;  // Skipped.
  int64_t malformed = 0;     // Skipped.
};

struct MediaSnapOptions {
  // The folder with MediaSnap's files, which become hard links in the store, or copies; empty: they
  // are in the store's folder.
  std::string files_folder;
  // Receives a sentence about each row that is skipped; may be empty.
  std::function<void(const std::string& sentence)> on_skipped;
};

// Copies the rows into `to`, which has the schema of captures. It may be repeated: a row whose id
// is there stays as it is. Fails as the databases and the store do; what was copied until then
// stays.
Result<MediaSnapImport> ImportMediaSnap(sql::Session& from, sql::Database& to,
                                        storage::FileStore& files, const MediaSnapOptions& options);

}  // namespace matinee::capture
