#include "ffmpeg/media_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {
namespace {

static_assert(process::kFirstPassedDescriptor == 3, "kPassedMediaPath names it");

// A path that changes while it is opened (a folder of links that is rebuilt) settles; one that
// changes each time is an attack.
constexpr int kResolveAttempts = 4;

Error Missing(const std::string& path) {
  return {Code::kNotFound,
          fmt::format("the media file does not exist at {}: check the path mapping of its media "
                      "server, and that the folder is mounted here",
                      EscapeUnprintable(path))};
}

Error Outside(const std::string& path) {
  return {Code::kMediaError,
          fmt::format("{} is outside the allowed folders; if this is intended, add its folder to "
                      "MEDIA_ROOTS",
                      EscapeUnprintable(path))};
}

Error Inaccessible(const std::string& path, int reason) {
  const std::string shown = EscapeUnprintable(path);
  if (reason == ENOENT || reason == ENOTDIR) return Missing(path);
  if (reason == EACCES) {
    return {Code::kPermissionDenied,
            fmt::format("a parent folder of {} is not accessible: give the user that runs Matinee "
                        "permission",
                        shown)};
  }
  return SystemError(fmt::format("the media file at {} is not accessible", shown), reason);
}

std::optional<std::string> ResolveLinks(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

// `path` relative to `root` if it is inside; both without links.
std::optional<std::string> RelativeTo(const std::string& path, const std::string& root) {
  if (path == root) return ".";
  const std::string prefix = root == "/" ? root : root + "/";
  if (!path.starts_with(prefix)) return std::nullopt;
  return path.substr(prefix.size());
}

std::string DescriptorPath(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

// Before Linux 5.6, or where a container forbids openat2: opens the path, then compares where the
// descriptor leads. Fails with EXDEV if that is not inside.
UniqueFd OpenAndCompare(const std::string& root, const std::string& relative) {
  UniqueFd place(open((root + "/" + relative).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!place.valid()) return {};
  std::array<char, PATH_MAX> text{};
  const ssize_t length = readlink(DescriptorPath(place.get()).c_str(), text.data(), text.size());
  if (length < 0) return {};
  if (!RelativeTo(std::string(text.data(), static_cast<size_t>(length)), root)) {
    place.Reset();
    errno = EXDEV;
  }
  return place;
}

// Opens a path that had no links, and refuses any that has come in the meantime (ELOOP).
UniqueFd OpenBeneath(const std::string& root, const std::string& relative) {
  const UniqueFd folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return {};
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  // glibc has no wrapper of it.
  const auto opened =
      static_cast<int>(syscall(SYS_openat2, folder.get(), relative.c_str(), &how, sizeof(how)));
  if (opened >= 0) return UniqueFd(opened);
  const bool lacks_openat2 = errno == ENOSYS || errno == EPERM;
  return lacks_openat2 ? OpenAndCompare(root, relative) : UniqueFd();
}

bool MayHaveChanged(int reason) {
  return reason == ELOOP || reason == EXDEV || reason == EAGAIN || reason == ENOENT ||
         reason == ENOTDIR;
}

// The place of the file (O_PATH) if it is inside a root.
Result<UniqueFd> OpenInsideRoots(const std::string& path, const std::vector<std::string>& roots) {
  for (int attempt = 0; attempt < kResolveAttempts; ++attempt) {
    const auto real = ResolveLinks(path);
    if (!real) return Fail(Inaccessible(path, errno));
    bool is_inside = false;
    for (const std::string& root : roots) {
      const auto real_root = ResolveLinks(root);
      const auto relative = real_root ? RelativeTo(*real, *real_root) : std::nullopt;
      if (!relative) continue;
      is_inside = true;
      UniqueFd place = OpenBeneath(*real_root, *relative);
      if (place.valid()) return place;
      if (!MayHaveChanged(errno)) return Fail(Inaccessible(path, errno));
    }
    if (!is_inside) return Fail(Outside(path));
  }
  return Fail(Code::kUnavailable,
              fmt::format("{} changes while it is opened", EscapeUnprintable(path)));
}

Result<UniqueFd> OpenPlace(const std::string& path, const std::vector<std::string>& roots) {
  if (!roots.empty()) return OpenInsideRoots(path, roots);
  UniqueFd place(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.valid()) return Fail(Inaccessible(path, errno));
  return place;
}

Status CheckKind(const std::string& path, const struct stat& status) {
  const std::string shown = EscapeUnprintable(path);
  if (S_ISDIR(status.st_mode)) {
    return Fail(Code::kMediaError,
                fmt::format("{} is a folder (a copy of a disc), not a media file", shown));
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(Code::kMediaError, fmt::format("{} is not a regular file", shown));
  }
  const std::string lower = ToLower(path);
  for (const std::string_view ending : {".iso", ".img"}) {
    if (lower.ends_with(ending)) {
      return Fail(Code::kMediaError,
                  fmt::format("{} is a disc image; only media files can be captured", shown));
    }
  }
  if (status.st_size == 0) return Fail(Code::kMediaError, fmt::format("{} is empty", shown));
  return {};
}

// Opens the file that a descriptor refers to, whatever its path leads to by now.
Result<UniqueFd> OpenForReading(int descriptor, const std::string& path) {
  UniqueFd file(open(DescriptorPath(descriptor).c_str(), O_RDONLY | O_CLOEXEC));
  if (file.valid()) return file;
  const int reason = errno;
  const std::string shown = EscapeUnprintable(path);
  if (reason == EACCES || reason == EPERM) {
    return Fail(Code::kPermissionDenied,
                fmt::format("{} is not readable: give the user that runs Matinee permission to "
                            "read it",
                            shown));
  }
  return Fail(SystemError(fmt::format("the media file at {} cannot be opened", shown), reason));
}

}  // namespace

Result<MediaFilePtr> OpenMediaFile(const std::string& path, const std::vector<std::string>& roots) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return Fail(Code::kMediaError,
                fmt::format("{} is not the path of a media file", EscapeUnprintable(path)));
  }
  // Without opening it: opening a device or a FIFO has effects.
  TRY_ASSIGN(const UniqueFd place, OpenPlace(path, roots));
  struct stat status {};
  if (fstat(place.get(), &status) != 0) return Fail(Inaccessible(path, errno));
  TRY(CheckKind(path, status));
  TRY_ASSIGN(UniqueFd file, OpenForReading(place.get(), path));
  MediaFile::Version known;
  known.size_bytes = status.st_size;
  known.modified_nanos = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  known.inode = status.st_ino;
  return std::make_shared<const MediaFile>(path, std::move(file), known);
}

Status CheckReadable(const MediaFile& file) {
  TRY(OpenForReading(file.descriptor(), file.path()));
  return {};
}

}  // namespace matinee::ffmpeg
