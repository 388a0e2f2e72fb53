// Files and descriptors, with every failure told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace matinee {

// Owns a file descriptor and closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { Reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_ = -1;
};

// The Error for a failed system call: ENOSPC and EDQUOT are kInsufficientStorage, EACCES, EPERM and
// EROFS kPermissionDenied, ENOENT kNotFound, anything else kUnavailable. `what` begins the message.
Error SystemError(std::string_view what, int errno_value);

// The whole file; fails if it is longer than `bytes_max`.
Result<std::string> ReadFile(const std::string& path, size_t bytes_max);

// Writes to "<path>.tmp", flushes to disk, renames: a reader sees the old file or the new one.
Status WriteFileAtomically(const std::string& path, std::string_view content);

// Makes the folder and its parents; no error if it is there already.
Status CreateDirectories(const std::string& path);

// Flushes the file (or folder) at `path` to disk.
Status SyncPath(const std::string& path);

// Bytes that we may still write on the file system that holds `path`.
Result<int64_t> FreeBytes(const std::string& path);

}  // namespace matinee
