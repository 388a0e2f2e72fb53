// A file that occupies disk space until the disk is full: then it is removed, and what frees more
// space (a start, the deletion of a capture) can be written.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.h"

namespace matinee::storage {

class SpaceReserve {
 public:
  // SQLite's files, nginx.conf and the rows of some hundred deletions fit in.
  static constexpr int64_t kBytes = 1024 * 1024;
  // So much must be free before the file is written, and before a capture is made.
  static constexpr int64_t kFreeBytesMin = 2 * kBytes;

  // `path` is used for nothing else; its folder exists.
  explicit SpaceReserve(std::string path);

  // Removes the file. Returns true if it freed space.
  bool Release();
  // Removes the file if less than its size is free.
  void ReleaseIfFull();
  // Writes the file if it is missing and enough is free. Fails with the error of the disk.
  Status Refill();

 private:
  const std::string path_;
  std::mutex mutex_;
};

}  // namespace matinee::storage
