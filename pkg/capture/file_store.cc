#include "capture/file_store.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "base/ids.h"
#include "base/strings.h"

namespace matinee::capture {
namespace {

namespace fs = std::filesystem;

// Only files whose names begin with a capture's id are listed, and so removed.
bool IsOurTemporary(const fs::directory_entry& entry) {
  std::error_code error;
  const std::string name = entry.path().filename().string();
  return name.size() > 36 && IsUuid(std::string_view(name).substr(0, 36)) && name[36] == '.' &&
         fs::is_regular_file(entry.symlink_status(error));
}

Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Fail(SystemError("cannot remove " + EscapeUnprintable(path), errno));
}

}  // namespace

Status FolderStore::Open() {
  const std::string temporary = folder_ + "/.tmp";
  TRY(CreateDirectories(temporary));
  TRY(CreateDirectories(folder_ + "/thumbnails"));
  if (access(folder_.c_str(), W_OK | X_OK) != 0 || access(temporary.c_str(), W_OK | X_OK) != 0) {
    return Fail(SystemError("cannot write to " + EscapeUnprintable(folder_), errno));
  }
  return {};
}

Result<std::vector<std::string>> FolderStore::TemporaryNames() const {
  const std::string temporary = folder_ + "/.tmp";
  std::vector<std::string> names;
  std::error_code error;
  const fs::directory_iterator end;
  for (auto entry = fs::directory_iterator(temporary, error); !error && entry != end;
       entry.increment(error)) {
    if (IsOurTemporary(*entry)) names.push_back(entry->path().filename().string());
  }
  if (error) return Fail(SystemError("cannot list " + EscapeUnprintable(temporary), error.value()));
  return names;
}

std::string FolderStore::TemporaryPath(const std::string& name) const {
  return folder_ + "/.tmp/" + name;
}

Result<int64_t> FolderStore::Publish(const std::string& temporary_path, const std::string& name) {
  std::error_code error;
  const auto size = fs::file_size(temporary_path, error);
  if (error) {
    return Fail(SystemError("cannot read " + EscapeUnprintable(temporary_path), error.value()));
  }
  TRY(SyncPath(temporary_path));
  const fs::path target = fs::path(folder_) / name;
  if (rename(temporary_path.c_str(), target.c_str()) != 0) {
    return Fail(SystemError("cannot rename " + EscapeUnprintable(temporary_path), errno));
  }
  TRY(SyncPath(target.parent_path().string()));
  return static_cast<int64_t>(size);
}

std::string FolderStore::ReadablePath(const std::string& name) const {
  return folder_ + "/" + name;
}

void FolderStore::Discard(const std::string& temporary_path) {
  // Best effort: the reconciler removes what stays.
  static_cast<void>(RemoveFile(temporary_path));
}

Status FolderStore::Remove(const std::string& name) {
  return RemoveFile(folder_ + "/" + name);
}

Result<int64_t> FolderStore::FreeBytes() const {
  return matinee::FreeBytes(folder_);
}

}  // namespace matinee::capture
