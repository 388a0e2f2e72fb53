// Files and descriptors. Every failure is returned as an Error.
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

// Returns the Error of a failed system call: ENOSPC and EDQUOT are kInsufficientStorage, EACCES,
// EPERM and EROFS kPermissionDenied, ENOENT kNotFound, anything else kUnavailable. `what` begins
// the message.
Error SystemError(std::string_view what, int errno_value);

// Reads the whole file. Fails if it is longer than `bytes_max`.
Result<std::string> ReadFile(const std::string& path, size_t bytes_max);

// Writes "<path>.tmp", flushes it to disk and renames it: a reader sees the old or the new file.
Status WriteFileAtomically(const std::string& path, std::string_view content);

// Creates the folder and its parents. Succeeds if it exists already.
Status CreateDirectories(const std::string& path);

// Flushes the file (or folder) at `path` to disk.
Status SyncPath(const std::string& path);

// Returns how many bytes this process may still write to the file system of `path`.
Result<int64_t> FreeBytes(const std::string& path);

}  // namespace matinee
