// Opens media files: the one place that decides whether a path may be read. FFmpeg and FFprobe get
// the descriptor that was decided on, not the path, so nothing that happens to the path later (a
// folder or a symbolic link that is replaced) leads them to another file.
//
// Thread safety: MediaFile is immutable; the functions may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace matinee::ffmpeg {

// An open, regular, readable file.
class MediaFile {
 public:
  struct Version {
    int64_t size_bytes = 0;
    int64_t modified_nanos = 0;
    uint64_t inode = 0;
  };

  MediaFile(std::string path, UniqueFd descriptor, Version version)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), version_(version) {}

  // The path that was asked for: for messages, and not to be opened again.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  // When it was opened.
  [[nodiscard]] const Version& version() const { return version_; }

 private:
  const std::string path_;
  const UniqueFd descriptor_;
  const Version version_;
};

using MediaFilePtr = std::shared_ptr<const MediaFile>;

// Opens the file at this absolute path if it is inside one of `roots`; empty roots allow any file.
// Symbolic links count as what they lead to (proc(5), openat2(2): RESOLVE_BENEATH), which may be in
// any root. Errors, each with a sentence that names the path and says what to do: kNotFound
// (missing), kPermissionDenied, kMediaError (outside the roots, folder, disc image, empty, not a
// regular file), kUnavailable (the disk or the network share fails, or the path keeps changing).
Result<MediaFilePtr> OpenMediaFile(const std::string& path, const std::vector<std::string>& roots);

// Checks that the file can still be opened again, as FFmpeg does. Errors as above.
Status CheckReadable(const MediaFile& file);

// Where a child process opens its first passed descriptor (process::Command::descriptors): the same
// file, with a separate offset.
inline constexpr char kPassedMediaPath[] = "/proc/self/fd/3";

}  // namespace matinee::ffmpeg
