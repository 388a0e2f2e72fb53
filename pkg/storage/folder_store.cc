#include "storage/folder_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/strings.h"

namespace matinee::storage {
namespace {

namespace fs = std::filesystem;

// Version 0.1.0 had no owners: it wrote captures only, as "<uuid>.…", and it discards what is so
// named. "<owner>.<name>" is safe from it: an owner is shorter than a UUID.
constexpr std::string_view kOwnerOfLegacyNames = "capture";
constexpr size_t kUuidLength = 36;
constexpr size_t kOwnerLengthMax = 32;

bool IsOwner(std::string_view text) {
  return !text.empty() && text.size() <= kOwnerLengthMax &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool IsPart(std::string_view part) {
  return !part.empty() && part.front() != '.' && EscapeUnprintable(part) == part;
}

bool IsTemporaryName(std::string_view name) {
  return IsPart(name) && name.find('/') == std::string_view::npos;
}

Error InvalidName(const std::string& name) {
  return {Code::kInvalidArgument, "\"" + EscapeUnprintable(name) + "\" is not the name of a file"};
}

Status CheckOwner(const std::string& owner) {
  if (IsOwner(owner)) return {};
  return Fail(Code::kInvalidArgument,
              "\"" + EscapeUnprintable(owner) + "\" is not an owner of temporary files");
}

Status CheckTemporary(const std::string& name) {
  return IsTemporaryName(name) ? Status() : Fail(InvalidName(name));
}

Status CheckPublished(const std::string& name) {
  const std::vector<std::string_view> parts = Split(name, '/');
  return std::ranges::all_of(parts, IsPart) ? Status() : Fail(InvalidName(name));
}

// Whether the name begins with a UUID and a dot.
bool BeginsWithUuid(std::string_view name) {
  return name.size() > kUuidLength && IsUuid(name.substr(0, kUuidLength)) &&
         name[kUuidLength] == '.';
}

// The name behind the id of the database: "<database>.<name>". Before there were ids it was only
// the name, which begins with the UUID of one capture. Two UUIDs are those of another database.
std::optional<std::string_view> WithoutDatabase(std::string_view name,
                                                const std::string& database) {
  if (!database.empty() && name.starts_with(database + ".")) {
    return name.substr(database.size() + 1);
  }
  const bool has_database = BeginsWithUuid(name) && BeginsWithUuid(name.substr(kUuidLength + 1));
  return has_database ? std::nullopt : std::optional(name);
}

// Returns the name that the owner gave to this entry of ".tmp", if it is the owner's.
std::optional<std::string> NameOf(std::string_view file_name, const std::string& owner,
                                  const std::string& database) {
  std::optional<std::string_view> name;
  if (file_name.starts_with(owner + ".")) {
    name = WithoutDatabase(file_name.substr(owner.size() + 1), database);
  }
  if (owner == kOwnerOfLegacyNames && BeginsWithUuid(file_name)) name = file_name;
  if (!name || !IsTemporaryName(*name)) return std::nullopt;
  return std::string(*name);
}

// Of a temporary file that cannot be published. If it has vanished, what it was made from is not to
// blame, and another attempt can succeed.
tl::unexpected<Error> TemporaryError(const char* what, const std::string& path, int error) {
  if (error == ENOENT) {
    return Fail(Code::kInternal, "the temporary file " + EscapeUnprintable(path) +
                                     " has vanished before it was published");
  }
  return Fail(SystemError(what + EscapeUnprintable(path), error));
}

Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Fail(SystemError("cannot remove " + EscapeUnprintable(path), errno));
}

}  // namespace

FolderStore::FolderStore(std::string folder, std::vector<std::string> subfolders,
                         std::string database)
    : folder_(std::move(folder)),
      temporary_(folder_ + "/.tmp"),
      subfolders_(std::move(subfolders)),
      database_(std::move(database)) {}

Status FolderStore::Open() {
  TRY(CreateDirectories(temporary_));
  for (const std::string& subfolder : subfolders_) {
    TRY(CreateDirectories(folder_ + "/" + subfolder));
  }
  if (access(folder_.c_str(), W_OK | X_OK) != 0 || access(temporary_.c_str(), W_OK | X_OK) != 0) {
    return Fail(SystemError("cannot write to " + EscapeUnprintable(folder_), errno));
  }
  return {};
}

Result<std::string> FolderStore::TemporaryPath(const std::string& owner,
                                               const std::string& name) const {
  TRY(CheckOwner(owner));
  TRY(CheckTemporary(name));
  return temporary_ + "/" + owner + "." + (database_.empty() ? "" : database_ + ".") + name;
}

Result<std::vector<TemporaryFile>> FolderStore::TemporaryFiles(const std::string& owner) const {
  TRY(CheckOwner(owner));
  std::vector<TemporaryFile> files;
  std::error_code error;
  std::error_code vanished;
  const fs::directory_iterator end;
  for (auto entry = fs::directory_iterator(temporary_, error); !error && entry != end;
       entry.increment(error)) {
    auto name = NameOf(entry->path().filename().string(), owner, database_);
    if (name && fs::is_regular_file(entry->symlink_status(vanished))) {
      files.push_back({*std::move(name), entry->path().string()});
    }
  }
  if (error) {
    return Fail(SystemError("cannot list " + EscapeUnprintable(temporary_), error.value()));
  }
  return files;
}

Result<int64_t> FolderStore::Publish(const std::string& temporary_path, const std::string& name) {
  TRY(CheckPublished(name));
  std::error_code error;
  const auto size = fs::file_size(temporary_path, error);
  if (error) return TemporaryError("cannot read ", temporary_path, error.value());
  TRY(SyncPath(temporary_path));
  const fs::path target = fs::path(folder_) / name;
  if (rename(temporary_path.c_str(), target.c_str()) != 0) {
    return TemporaryError("cannot rename ", temporary_path, errno);
  }
  TRY(SyncPath(target.parent_path().string()));
  return static_cast<int64_t>(size);
}

void FolderStore::Discard(const std::string& temporary_path) {
  MATINEE_CHECK(temporary_path.starts_with(temporary_ + "/"), "only temporary files are discarded");
  // Best effort: the reconciler removes what stays.
  static_cast<void>(RemoveFile(temporary_path));
}

Result<std::string> FolderStore::ReadablePath(const std::string& name) const {
  TRY(CheckPublished(name));
  return folder_ + "/" + name;
}

Status FolderStore::Remove(const std::string& name) {
  TRY(CheckPublished(name));
  return RemoveFile(folder_ + "/" + name);
}

Result<int64_t> FolderStore::FreeBytes() const {
  return matinee::FreeBytes(folder_);
}

}  // namespace matinee::storage
