#include "capture/mediasnap.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/files.h"
#include "base/ids.h"
#include "base/strings.h"
#include "base/time_format.h"
#include "capture/capture_row.h"
#include "media/playback_session.h"
#include "media/session_text.h"
#include "sql/sqlite.h"

// A macro, because a query's text is one literal. FromMediaSnap reads them in this order.
#define MEDIASNAP_COLUMNS                                                  \
  "id, source, media_title, media_path, timestamp_seconds, capture_type, " \
  "file_name, duration_seconds, status, error_message, created_at"

namespace matinee::capture {
namespace {

using sql::Query;

constexpr std::array<std::string_view, 13> kColumns = {
    "id",           "source",        "media_title", "media_path",      "timestamp_seconds",
    "capture_type", "file_path",     "file_name",   "file_size_bytes", "duration_seconds",
    "status",       "error_message", "created_at"};

// Rows of one transaction; few enough to hold in memory.
constexpr int kImportBatch = 200;
// The owner of the temporary files of an import.
constexpr const char* kImportOwner = "import";
constexpr size_t kPathBytesMax = 4096;
// No media file is longer.
constexpr double kSecondsMax = 1e7;

constexpr Query kIsTable{"mediasnap_table",
                         "SELECT COUNT(*) FROM sqlite_schema"
                         " WHERE type = 'table' AND name = 'captures'"};
constexpr Query kRead{"mediasnap_read", "SELECT " MEDIASNAP_COLUMNS
                                        ", rowid FROM captures WHERE rowid > $1"
                                        " ORDER BY rowid LIMIT $2"};
constexpr Query kIsKnown{"mediasnap_known", "SELECT 1 FROM captures WHERE id = $1"};
constexpr Query kAdd{
    "mediasnap_add",
    "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
    " part_start_seconds, capture_type, precise, requested_start_seconds, requested_end_seconds,"
    " request_key, at_given, timestamp_seconds, duration_seconds, file_name, file_size_bytes,"
    " has_thumbnail, phase, progress, attempt, tries, error_code, error_message, created_at,"
    " updated_at) VALUES ($1, $2, $3, '', $4, $5, 0, $6, 0, $7, $8, '', 0, $7, $9, $10, $11, 0,"
    " $12, $13, $14, $14, $15, $16, $17, $17) ON CONFLICT (id) DO NOTHING RETURNING 1"};

// Empty for a value of another type.
std::string TextAt(const sql::Row& row, size_t column) {
  const sql::Value value = row.At(column);
  const auto* text = std::get_if<std::string>(&value.get());
  return text == nullptr ? "" : *text;
}

std::optional<double> SecondsAt(const sql::Row& row, size_t column) {
  const sql::Value value = row.At(column);
  double seconds = -1;
  if (const auto* real = std::get_if<double>(&value.get())) seconds = *real;
  if (const auto* whole = std::get_if<int64_t>(&value.get())) {
    seconds = static_cast<double>(*whole);
  }
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return seconds;
}

// A path is only needed to try a failed capture again.
std::string MediaPath(std::string path) {
  const bool usable = path.size() <= kPathBytesMax && path.find('\0') == std::string::npos;
  return usable ? std::move(path) : "";
}

void ReadStatus(const sql::Row& row, const std::string& status, Capture& capture) {
  if (status == "complete") {
    capture.phase = Phase::kComplete;
    capture.progress = 1;
    capture.attempt = 1;  // Its file is that of the first attempt.
    capture.tries = 1;
    return;
  }
  capture.phase = Phase::kFailed;
  std::string why = media::CleanText(TextAt(row, 9));
  if (status == "pending") why = "MediaSnap did not finish it.";
  if (why.empty()) why = "MediaSnap could not make it.";
  capture.error = Error{Code::kMediaError, std::move(why)};
}

// The size of a file; empty if there is none, or if it is a link, a folder or empty.
std::optional<int64_t> SizeOf(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    return std::nullopt;
  }
  return info.st_size;
}

Status LinkOrCopy(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) return {};
  // Another file system, or one without hard links, or a file of another user.
  std::error_code error;
  std::filesystem::copy_file(from, to, error);
  if (!error) return {};
  return Fail(SystemError("cannot copy " + EscapeUnprintable(from), error.value()));
}

// Returns the size of the capture's file in the store, where it is brought if need be; empty if
// there is none.
Result<std::optional<int64_t>> BringFile(storage::FileStore& files, const std::string& name,
                                         const std::string& folder) {
  TRY_ASSIGN(const std::string target, files.ReadablePath(name));
  if (const auto size = SizeOf(target)) return size;
  const std::string source = folder + "/" + name;
  if (folder.empty() || !SizeOf(source)) return std::nullopt;
  TRY_ASSIGN(const std::string temporary, files.TemporaryPath(kImportOwner, name));
  files.Discard(temporary);  // Of an import that was interrupted.
  Status brought = LinkOrCopy(source, temporary);
  const auto size = brought ? files.Publish(temporary, name) : Fail(brought.error());
  files.Discard(temporary);
  if (!size) return Fail(size.error());
  return *size;
}

Status Add(sql::Session& to, const Capture& capture, int64_t& added) {
  const CaptureSpec& spec = capture.spec;
  const bool failed = capture.error.has_value();
  TRY_ASSIGN(
      const sql::Rows rows,
      to.Run(kAdd,
             {capture.id, spec.source, spec.server, spec.media_title, EncodePath(spec.media_path),
              ToString(spec.type), capture.timestamp_seconds, spec.end_seconds,
              capture.duration_seconds, capture.file_name, capture.file_size_bytes,
              ToString(capture.phase), capture.progress, capture.attempt,
              failed ? sql::Value(InfoOf(capture.error->code).name) : sql::Value(nullptr),
              failed ? sql::Value(capture.error->message) : sql::Value(nullptr),
              ToMicros(capture.created_at)}));
  if (!rows.empty()) ++added;
  return {};
}

class Import {
 public:
  Import(sql::Database& to, storage::FileStore& files, const MediaSnapOptions& options)
      : to_(to), files_(files), options_(options) {}

  Status TakeBatch(const sql::Rows& rows);
  [[nodiscard]] const MediaSnapImport& counts() const { return counts_; }

 private:
  // Adds the row's capture to `captures` unless it is skipped.
  Status Take(const sql::Row& row, std::vector<Capture>& captures);
  void Skip(const sql::Row& row, const std::string& why) const;

  sql::Database& to_;
  storage::FileStore& files_;
  const MediaSnapOptions& options_;
  MediaSnapImport counts_;
};

void Import::Skip(const sql::Row& row, const std::string& why) const {
  if (!options_.on_skipped) return;
  const std::string id = EscapeUnprintable(TruncateUtf8(TextAt(row, 0), media::kTextBytesMax));
  options_.on_skipped("The row \"" + id + "\" is skipped: " + why);
}

Status Import::Take(const sql::Row& row, std::vector<Capture>& captures) {
  ++counts_.found;
  auto capture = FromMediaSnap(row);
  if (!capture) {
    ++counts_.malformed;
    Skip(row, "it is not a row that MediaSnap makes.");
    return {};
  }
  TRY_ASSIGN(const sql::Rows known, to_.Run(kIsKnown, {capture->id}));
  if (!known.empty()) {
    ++counts_.known;
    return {};
  }
  if (capture->phase == Phase::kComplete) {
    TRY_ASSIGN(const auto size, BringFile(files_, capture->file_name, options_.files_folder));
    if (!size) {
      ++counts_.without_file;
      Skip(row, "there is no file " + capture->file_name + ".");
      return {};
    }
    capture->file_size_bytes = *size;
  }
  captures.push_back(*std::move(capture));
  return {};
}

Status Import::TakeBatch(const sql::Rows& rows) {
  std::vector<Capture> captures;
  for (const sql::Row& row : rows) TRY(Take(row, captures));
  if (captures.empty()) return {};
  int64_t added = 0;
  const auto add_all = [&captures, &added](sql::Session& session) -> Status {
    added = 0;
    for (const Capture& capture : captures) TRY(Add(session, capture, added));
    return {};
  };
  TRY(to_.Transact(add_all));
  counts_.added += added;
  counts_.known += static_cast<int64_t>(captures.size()) - added;
  return {};
}

}  // namespace

const char* const kMediaSnapColumns = MEDIASNAP_COLUMNS;

Result<std::unique_ptr<sql::Session>> OpenMediaSnap(const std::string& path, const Clock& clock) {
  if (!sql::IsForeignSqlite(path)) return nullptr;
  TRY_ASSIGN(auto session, sql::OpenForeignSqlite(path, clock));
  TRY_ASSIGN(const sql::Rows tables, session->Run(kIsTable, {}));
  TRY_ASSIGN(const std::vector<std::string> columns, session->Columns(kCapturesTable));
  const bool has_all = std::ranges::all_of(kColumns, [&columns](std::string_view column) {
    return std::ranges::find(columns, column) != columns.end();
  });
  if (tables.at(0).Int(0) != 1 || !has_all) return nullptr;
  return session;
}

std::optional<Capture> FromMediaSnap(const sql::Row& row) {
  Capture capture;
  CaptureSpec& spec = capture.spec;
  capture.id = TextAt(row, 0);
  spec.source = TextAt(row, 1);
  const auto type = TypeFromString(TextAt(row, 5));
  const auto start = SecondsAt(row, 4);
  const std::string status = TextAt(row, 8);
  const auto created = ParseTime(TextAt(row, 10));
  const bool known_status = status == "complete" || status == "failed" || status == "pending";
  if (!IsUuid(capture.id) || !media::MediaServerTypeFromString(spec.source) || !type || !start ||
      !known_status || !created) {
    return std::nullopt;
  }
  spec.type = *type;
  capture.file_name = TextAt(row, 6);
  // Any other name could leave the folder, or be that of another capture.
  if (capture.file_name != FileName(capture.id, *type, 1)) return std::nullopt;
  spec.server = spec.source;
  spec.media_title = media::CleanTextOrNothing(TextAt(row, 2)).value_or("Untitled");
  spec.media_path = MediaPath(TextAt(row, 3));
  spec.start_seconds = *start;
  capture.timestamp_seconds = *start;
  if (*type == Type::kClip) {
    capture.duration_seconds = SecondsAt(row, 7).value_or(0);
    spec.end_seconds = *start + *capture.duration_seconds;
  }
  capture.created_at = *created;
  capture.updated_at = *created;
  ReadStatus(row, status, capture);
  return capture;
}

Result<MediaSnapImport> ImportMediaSnap(sql::Session& from, sql::Database& to,
                                        storage::FileStore& files,
                                        const MediaSnapOptions& options) {
  Import import(to, files, options);
  constexpr size_t kRowId = 11;
  int64_t last = INT64_MIN;
  for (;;) {
    TRY_ASSIGN(const sql::Rows rows, from.Run(kRead, {last, kImportBatch}));
    if (rows.empty()) return import.counts();
    TRY(import.TakeBatch(rows));
    const sql::Value value = rows.back().At(kRowId);
    const auto* id = std::get_if<int64_t>(&value.get());
    if (id == nullptr) return Fail(Code::kConflict, "the table has a column named rowid");
    last = *id;
  }
}

}  // namespace matinee::capture
