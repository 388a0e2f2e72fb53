// Stores the files of captures: in a folder today, in an object store another day.
//
// A file is written under a temporary path, then published under its name in one step: a reader
// sees the whole file or none.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace matinee::capture {

class FileStore {
 public:
  virtual ~FileStore() = default;

  // Returns a local path at which a program may write a file for Publish(). `name` is unique to one
  // attempt, e.g. "<id>.2.mp4".
  [[nodiscard]] virtual std::string TemporaryPath(const std::string& name) const = 0;
  // Flushes the file at `temporary_path` to disk and renames it to `name`; returns its size in
  // bytes. An older file of that name is replaced.
  virtual Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) = 0;
  // Returns a local path at which a program may read a published file.
  [[nodiscard]] virtual std::string ReadablePath(const std::string& name) const = 0;
  // Removes a temporary file, if it exists.
  virtual void Discard(const std::string& temporary_path) = 0;
  // Returns the names of the temporary files: of running attempts and of crashed ones.
  virtual Result<std::vector<std::string>> TemporaryNames() const = 0;
  // Removes a published file; succeeds if it does not exist.
  virtual Status Remove(const std::string& name) = 0;
  // Returns how many bytes can still be written.
  virtual Result<int64_t> FreeBytes() const = 0;
};

// Files in one folder, temporary ones in its subfolder ".tmp" (so that publishing is a rename).
class FolderStore final : public FileStore {
 public:
  explicit FolderStore(std::string folder) : folder_(std::move(folder)) {}

  // Creates the folders and checks that they are writable.
  Status Open();

  [[nodiscard]] std::string TemporaryPath(const std::string& name) const override;
  Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) override;
  [[nodiscard]] std::string ReadablePath(const std::string& name) const override;
  void Discard(const std::string& temporary_path) override;
  Result<std::vector<std::string>> TemporaryNames() const override;
  Status Remove(const std::string& name) override;
  Result<int64_t> FreeBytes() const override;

 private:
  const std::string folder_;
};

}  // namespace matinee::capture
