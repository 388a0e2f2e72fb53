#include "capture/capture_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/ids.h"
#include "base/strings.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "/.matinee-database";
constexpr size_t kMarkBytesMax = 256;
constexpr size_t kIdBytes = 36;
// A process that has just created the mark writes it within this time.
constexpr std::chrono::milliseconds kMarkPause{50};
constexpr int kMarkTries = 20;
// Attempts are counted from 1; a capture has a handful.
constexpr int64_t kAttemptMax = 1'000'000;
// A folder of a home has some thousands of captures.
constexpr size_t kImportFilesMax = 10'000'000;

constexpr sql::Query kAny{"capture_any", "SELECT id FROM captures LIMIT 1"};
constexpr sql::Query kNewestFiles{"capture_newest_files",
                                  "SELECT file_name, file_size_bytes FROM captures"
                                  " WHERE phase = 'complete' ORDER BY created_at DESC LIMIT 50"};
// The contract knows three media servers and no other word.
constexpr sql::Query kImport{
    "capture_import",
    "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
    " part_start_seconds, capture_type, precise, requested_start_seconds, request_key, at_given,"
    " timestamp_seconds, file_name, file_size_bytes, has_thumbnail, phase, progress, attempt,"
    " tries, created_at, updated_at)"
    " VALUES ($1, 'plex', 'unknown', '', 'Unknown title', '', 0, $2, 0, 0, '', 0,"
    " 0, $3, $4, $5, 'complete', 1, $6, 1, $7, $7) ON CONFLICT (id) DO NOTHING RETURNING id"};

std::string MarkOf(const std::string& folder) {
  return folder + kMark;
}

Status WriteMark(const std::string& folder, const std::string& id) {
  return WriteFileAtomically(MarkOf(folder), id + "\n");
}

// Returns the id in the mark; "" if there is none, or an empty one.
Result<std::string> ReadMark(const std::string& folder) {
  const std::string path = MarkOf(folder);
  const auto text = ReadFile(path, kMarkBytesMax);
  if (!text && text.error().code == Code::kNotFound) return std::string();
  if (!text) return Fail(text.error());
  std::string id(Trim(*text));
  if (id.empty() || IsUuid(id)) return id;
  return Fail(Code::kConflict, EscapeUnprintable(path) +
                                   " does not hold the id of a database; remove it if no other "
                                   "Matinee uses the folder");
}

// Creates the mark unless there is one; returns the id in it.
Result<std::string> MakeMark(const std::string& folder, const std::string& id) {
  const std::string path = MarkOf(folder);
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.valid() && errno != EEXIST) {
    return Fail(SystemError("cannot create " + EscapeUnprintable(path), errno));
  }
  if (file.valid()) {
    const std::string text = id + "\n";
    if (write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(file.get()) == 0) {
      return id;
    }
    // On a full disk captures can be looked at and deleted; the next start marks the folder.
    const Error error = SystemError("cannot write " + EscapeUnprintable(path), errno);
    unlink(path.c_str());
    if (error.code != Code::kInsufficientStorage) return Fail(error);
    LogError("capture", "the captures folder cannot be marked as that of this database", error);
    return id;
  }
  for (int i = 0; i < kMarkTries; ++i) {
    TRY_ASSIGN(std::string owner, ReadMark(folder));
    if (!owner.empty()) return owner;
    std::this_thread::sleep_for(kMarkPause);
  }
  // The process that created it has crashed before it wrote.
  TRY(WriteMark(folder, id));
  return id;
}

// Whether the file of one of the newest captures is there, of the size that its row says.
Result<bool> KnowsFiles(sql::Database& database, const std::string& folder) {
  TRY_ASSIGN(const sql::Rows rows, database.Run(kNewestFiles, {}));
  return std::any_of(rows.begin(), rows.end(), [&folder](const sql::Row& row) {
    std::error_code error;
    const auto size = fs::file_size(fs::path(folder) / row.Text(0), error);
    return !error && static_cast<int64_t>(size) == row.Int(1);
  });
}

// What the former owner was making when it stopped for good.
void RemoveTemporaryFilesOf(const std::string& owner, const std::string& folder) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder + "/.tmp", error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().find("." + owner + ".") == std::string::npos) continue;
    std::error_code ignored;
    fs::remove(entry->path(), ignored);
  }
}

Status TakeOver(const FolderView& view, const std::string& folder, const std::string& id) {
  TRY(WriteMark(folder, id));
  if (view.owner.empty() || view.owner == id) return {};
  RemoveTemporaryFilesOf(view.owner, folder);
  Log(Severity::kInfo, "capture", "the captures folder belongs to this database now",
      {{"folder", folder}, {"database", id}, {"before", view.owner}});
  return {};
}

tl::unexpected<Error> RefuseForeign(const FolderView& view, const std::string& folder) {
  return Fail(Code::kConflict,
              "the captures folder " + EscapeUnprintable(folder) +
                  " belongs to another Matinee, whose database is " + view.owner +
                  ": set CAPTURE_DIR to another folder; or, if that database is lost, run "
                  "`matinee import --captures` with these settings");
}

struct FileFacts {
  int64_t size = 0;
  int64_t modified_at = 0;  // In microseconds since 1970.
};

std::optional<FileFacts> FactsOf(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  constexpr int64_t kMicros = 1'000'000;
  return FileFacts{status.st_size, status.st_mtim.tv_sec * kMicros + status.st_mtim.tv_nsec / 1000};
}

}  // namespace

std::optional<CaptureFile> ParseFileName(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot < kIdBytes) return std::nullopt;
  CaptureFile file;
  file.name = name;
  file.id = name.substr(0, kIdBytes);
  const std::string_view ending = name.substr(dot);
  if (!IsUuid(file.id) || (ending != ".jpg" && ending != ".mp4")) return std::nullopt;
  file.type = ending == ".jpg" ? Type::kScreenshot : Type::kClip;
  const std::string_view number = name.substr(kIdBytes, dot - kIdBytes);
  if (!number.empty()) {
    const auto attempt = ParseInt(number.substr(1));
    if (!attempt || *attempt < 2 || *attempt > kAttemptMax) return std::nullopt;
    file.attempt = static_cast<int>(*attempt);
  }
  if (FileName(file.id, file.type, file.attempt) != name) return std::nullopt;
  return file;
}

Result<std::vector<CaptureFile>> ListCaptureFiles(const std::string& folder, size_t files_max) {
  std::vector<CaptureFile> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error);
       !error && entry != fs::directory_iterator() && files.size() < files_max;
       entry.increment(error)) {
    auto file = ParseFileName(entry->path().filename().string());
    if (file) files.push_back(*std::move(file));
  }
  if (error) return Fail(SystemError("cannot list " + EscapeUnprintable(folder), error.value()));
  return files;
}

Result<FolderView> InspectFolder(sql::Database& database, const std::string& folder,
                                 const std::string& id) {
  FolderView view;
  TRY_ASSIGN(const sql::Rows any, database.Run(kAny, {}));
  view.database_is_empty = any.empty();
  TRY_ASSIGN(const auto files, ListCaptureFiles(folder, 1));
  view.has_captures = !files.empty();
  TRY_ASSIGN(view.owner, ReadMark(folder));
  if (view.owner.empty()) {
    view.state = FolderState::kUnmarked;
  } else if (view.owner == id) {
    view.state = FolderState::kOurs;
  } else {
    TRY_ASSIGN(const bool knows, KnowsFiles(database, folder));
    view.state = knows ? FolderState::kKnown : FolderState::kForeign;
  }
  return view;
}

std::string NoticeOf(const FolderView& view, const std::string& folder) {
  if (!view.database_is_empty || !view.has_captures) return "";
  std::string notice = "The database is empty, but captures are in " + EscapeUnprintable(folder) +
                       ". If the database was lost, restore it from a backup, or stop Matinee and "
                       "run `matinee import --captures`, which lists them again.";
  if (view.state == FolderState::kForeign) {
    notice += " Until then no captures are made, since the folder belongs to the database " +
              view.owner + ".";
  }
  return notice;
}

Result<FolderClaim> ClaimFolder(sql::Database& database, const std::string& folder,
                                const std::string& id, bool is_locked) {
  TRY_ASSIGN(FolderView view, InspectFolder(database, folder, id));
  if (view.state == FolderState::kUnmarked) {
    TRY_ASSIGN(const std::string owner, MakeMark(folder, id));
    // Another process may have been faster.
    if (owner != id) {
      TRY_ASSIGN(view, InspectFolder(database, folder, id));
    }
  }
  if (view.state == FolderState::kKnown) TRY(TakeOver(view, folder, id));
  FolderClaim claim;
  claim.notice = NoticeOf(view, folder);
  if (view.state == FolderState::kForeign) {
    if (!is_locked || !view.database_is_empty) return RefuseForeign(view, folder);
    claim.is_ours = !view.has_captures;
    if (claim.is_ours) TRY(TakeOver(view, folder, id));
  }
  if (!claim.notice.empty()) Log(Severity::kWarn, "capture", claim.notice);
  return claim;
}

Result<ImportCounts> ImportCaptures(sql::Database& database, const std::string& folder,
                                    const std::string& id) {
  TRY_ASSIGN(const FolderView view, InspectFolder(database, folder, id));
  TRY_ASSIGN(const auto files, ListCaptureFiles(folder, kImportFilesMax));
  // The newest attempt of each capture; an older one is an orphaned file.
  std::map<std::string, CaptureFile> newest;
  for (const CaptureFile& file : files) {
    const auto [known, is_new] = newest.emplace(file.id, file);
    if (!is_new && file.attempt > known->second.attempt) known->second = file;
  }
  ImportCounts counts;
  for (const auto& [capture_id, file] : newest) {
    const auto facts = FactsOf(folder + "/" + file.name);
    if (!facts || facts->size == 0) continue;
    ++counts.found;
    const bool has_thumbnail = FactsOf(folder + "/" + ThumbnailName(file.name)).has_value();
    TRY_ASSIGN(const sql::Rows added,
               database.Run(kImport, {capture_id, ToString(file.type), file.name, facts->size,
                                      has_thumbnail, file.attempt, facts->modified_at}));
    counts.added += static_cast<int64_t>(added.size());
  }
  TRY(TakeOver(view, folder, id));
  return counts;
}

}  // namespace matinee::capture
