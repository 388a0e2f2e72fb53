#include "base/files.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/strings.h"

namespace matinee {

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void UniqueFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Error SystemError(std::string_view what, int errno_value) {
  Code code = Code::kUnavailable;
  if (errno_value == ENOSPC || errno_value == EDQUOT) code = Code::kInsufficientStorage;
  if (errno_value == EACCES || errno_value == EPERM || errno_value == EROFS) {
    code = Code::kPermissionDenied;
  }
  if (errno_value == ENOENT || errno_value == ENOTDIR) code = Code::kNotFound;
  return Error{code, std::string(what) + ": " + std::generic_category().message(errno_value)};
}

namespace {

Error FileError(std::string_view verb, const std::string& path, int errno_value) {
  return SystemError(std::string(verb) + " " + EscapeUnprintable(path), errno_value);
}

Status WriteAll(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail(FileError("cannot write", path, errno));
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status WriteFlushed(const std::string& path, std::string_view content) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file.valid()) return Fail(FileError("cannot create", path, errno));
  TRY(WriteAll(file.get(), path, content));
  if (fsync(file.get()) != 0) return Fail(FileError("cannot flush", path, errno));
  return {};
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Fail(FileError("cannot open", path, errno));
  std::string content;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(FileError("cannot read", path, errno));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(got));
    if (content.size() > bytes_max) {
      return Fail(Code::kInvalidArgument, EscapeUnprintable(path) + " is longer than " +
                                              std::to_string(bytes_max) + " bytes");
    }
  }
}

Status WriteFileAtomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  Status written = WriteFlushed(temporary, content);
  if (written && rename(temporary.c_str(), path.c_str()) != 0) {
    written = Fail(FileError("cannot rename", temporary, errno));
  }
  if (!written) {
    unlink(temporary.c_str());  // A partial file is of no use.
    return written;
  }
  return SyncPath(std::filesystem::path(path).parent_path().string());
}

Status CreateDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Fail(FileError("cannot create the folder", path, error.value()));
  return {};
}

Status SyncPath(const std::string& path) {
  const std::string target = path.empty() ? "." : path;
  const UniqueFd file(open(target.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Fail(FileError("cannot open", target, errno));
  if (fsync(file.get()) != 0) return Fail(FileError("cannot flush", target, errno));
  return {};
}

Result<int64_t> FreeBytes(const std::string& path) {
  struct statvfs stats {};
  if (statvfs(path.c_str(), &stats) != 0) {
    return Fail(FileError("cannot read the free space of", path, errno));
  }
  return static_cast<int64_t>(stats.f_bavail) * static_cast<int64_t>(stats.f_frsize);
}

}  // namespace matinee
