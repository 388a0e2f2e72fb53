// Where captures' files are kept: a folder today, an object store another day.
//
// A file is made under a temporary path, then published under its name in one step: whoever looks
// for the name sees the whole file or none.
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

  // A local path at which a program may write a file that Publish() will take. `name` is unique to
  // one attempt, e.g. "<id>.2.mp4".
  [[nodiscard]] virtual std::string TemporaryPath(const std::string& name) const = 0;
  // Flushes the file at `temporary_path` to disk and gives it its name; gives its size in bytes.
  // An older file of that name is replaced.
  virtual Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) = 0;
  // A local path at which a program may read a published file.
  [[nodiscard]] virtual std::string ReadablePath(const std::string& name) const = 0;
  // Removes a temporary file, if it is there.
  virtual void Discard(const std::string& temporary_path) = 0;
  // Names of the temporary files that are there: of whoever is at work, and of those who died.
  virtual Result<std::vector<std::string>> TemporaryNames() const = 0;
  // Removes a published file; no error if it is not there.
  virtual Status Remove(const std::string& name) = 0;
  // Bytes that may still be written.
  virtual Result<int64_t> FreeBytes() const = 0;
};

// Files in one folder, temporary ones in its subfolder ".tmp" (so that publishing is a rename).
class FolderStore final : public FileStore {
 public:
  explicit FolderStore(std::string folder) : folder_(std::move(folder)) {}

  // Makes the folders and checks that they can be written.
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
