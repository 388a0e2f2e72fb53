// Stores files in one folder, temporary ones in its subfolder ".tmp", so that publishing is a
// rename.
//
// Thread safety: as FileStore.
#pragma once

#include <string>
#include <vector>

#include "storage/file_store.h"

namespace matinee::storage {

class FolderStore final : public FileStore {
 public:
  // `subfolders` are those that published names may have, e.g. {"thumbnails"}. `database` is the id
  // of the database whose files these are: temporary files carry it in their names, and those that
  // carry another are never listed, so never discarded.
  explicit FolderStore(std::string folder, std::vector<std::string> subfolders = {},
                       std::string database = "");

  // Creates the folders and checks that they are writable.
  Status Open();

  [[nodiscard]] Result<std::string> TemporaryPath(const std::string& owner,
                                                  const std::string& name) const override;
  [[nodiscard]] Result<std::vector<TemporaryFile>> TemporaryFiles(
      const std::string& owner) const override;
  Result<int64_t> Publish(const std::string& temporary_path, const std::string& name) override;
  void Discard(const std::string& temporary_path) override;
  [[nodiscard]] Result<std::string> ReadablePath(const std::string& name) const override;
  Status Remove(const std::string& name) override;
  [[nodiscard]] Result<int64_t> FreeBytes() const override;

 private:
  const std::string folder_;
  const std::string temporary_;  // Its subfolder ".tmp".
  const std::vector<std::string> subfolders_;
  const std::string database_;
};

}  // namespace matinee::storage
