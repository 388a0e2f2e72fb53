// Stores files: in a folder today, in an object store later.
//
// A file is written under a temporary path, then published under its name in one step: a reader
// sees the whole file or none.
//
// Each temporary file has an owner, the kind of the job that writes it. An owner lists, and so
// discards, its own temporary files only: it alone knows which of them are still written.
//
// A name has no control character, and no part of it begins with a dot; else a method fails with
// kInvalidArgument. Temporary names have one part; published ones may have several ("folder/name").
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace matinee::storage {

struct TemporaryFile {
  std::string name;  // As its owner named it.
  std::string path;
};

class FileStore {
 public:
  virtual ~FileStore() = default;

  // Returns a local path at which a program may write a file for Publish(). `owner` is at most 32
  // lower-case letters, digits and '_'. `name` is unique to one attempt, e.g. "<id>.2.mp4".
  [[nodiscard]] virtual Result<std::string> TemporaryPath(const std::string& owner,
                                                          const std::string& name) const = 0;
  // Returns the owner's temporary files: of running attempts and of crashed ones.
  [[nodiscard]] virtual Result<std::vector<TemporaryFile>> TemporaryFiles(
      const std::string& owner) const = 0;
  // Flushes the file at `temporary_path` to disk and renames it to `name`; returns its size in
  // bytes. An older file of that name is replaced.
  virtual Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) = 0;
  // Removes a temporary file, if it exists.
  virtual void Discard(const std::string& temporary_path) = 0;
  // Returns a local path at which a program may read a published file.
  [[nodiscard]] virtual Result<std::string> ReadablePath(const std::string& name) const = 0;
  // Removes a published file; succeeds if it does not exist.
  virtual Status Remove(const std::string& name) = 0;
  // Returns how many bytes can still be written.
  [[nodiscard]] virtual Result<int64_t> FreeBytes() const = 0;
};

}  // namespace matinee::storage
