// Whose the folder of captures is: the file ".matinee-database" in it names one database by its id.
// Two databases on one folder would remove each other's files.
//
// Thread safety: all functions may be called from any thread, and by several processes at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "sql/database.h"

namespace matinee::capture {

// A file that is named like that of a capture.
struct CaptureFile {
  std::string name;
  std::string id;
  Type type = Type::kScreenshot;
  int attempt = 1;
};

// What FileName has made of an id, a type and an attempt; nothing for any other name.
std::optional<CaptureFile> ParseFileName(std::string_view name);
// Those in the folder, at most `files_max`. Fails as the file system does.
Result<std::vector<CaptureFile>> ListCaptureFiles(const std::string& folder, size_t files_max);

enum class FolderState {
  kOurs,
  kUnmarked,  // No database has claimed it.
  kKnown,     // Another has claimed it, but files of this database's captures are in it: it was
              // restored from a backup without the id, or the captures were copied into it.
  kForeign,   // Another has claimed it, and nothing in it is known here.
};

struct FolderView {
  FolderState state = FolderState::kUnmarked;
  std::string owner;              // The id in the mark; "" if there is none.
  bool database_is_empty = true;  // It has no capture.
  bool has_captures = false;      // Files that are named like captures.
};

// Looks at the folder with the eyes of the database with this id; changes nothing.
Result<FolderView> InspectFolder(sql::Database& database, const std::string& folder,
                                 const std::string& id);

// What a person has to know about the folder, in a sentence, or "": captures are there, and the
// database has none.
std::string NoticeOf(const FolderView& view, const std::string& folder);

struct FolderClaim {
  bool is_ours = true;  // Otherwise nothing may be written there.
  std::string notice;   // See NoticeOf.
};

// Claims the folder for the database with this id. A foreign one is refused with kConflict, unless
// `is_locked` (no other process uses it) and the database is empty: then it was probably lost, and
// the folder stays as it is until ImportCaptures.
Result<FolderClaim> ClaimFolder(sql::Database& database, const std::string& folder,
                                const std::string& id, bool is_locked);

struct ImportCounts {
  int64_t found = 0;
  int64_t added = 0;  // The others have a row already.
};

// Adds a complete capture for each file that is named like one, and claims the folder. What only
// the lost row knew (title, media server, position) stays unknown; the time is the file's.
Result<ImportCounts> ImportCaptures(sql::Database& database, const std::string& folder,
                                    const std::string& id);

}  // namespace matinee::capture
