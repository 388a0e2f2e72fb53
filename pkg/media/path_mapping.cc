#include "media/path_mapping.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "base/strings.h"

namespace matinee::media {
namespace {

// Linux does not open longer paths (PATH_MAX, limits.h).
constexpr size_t kPathBytesMax = 4095;
constexpr std::chrono::seconds kFoundLifetime{30};
constexpr std::chrono::seconds kFailureLifetime{5};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A server's path with forward slashes and without a trailing one.
struct ServerPath {
  std::string text;
  bool windows = false;  // A drive or a network share: the case of letters does not count.
  bool remote = false;   // smb://…, http://…
};

ServerPath Normalise(std::string_view path) {
  ServerPath result{std::string(path)};
  const bool drive = path.size() >= 2 && IsLetter(path[0]) && path[1] == ':' &&
                     (path.size() == 2 || path[2] == '\\' || path[2] == '/');
  const bool share = path.starts_with("\\\\") || path.starts_with("//");
  result.windows = drive || share;
  result.remote = !drive && path.find("://") != std::string_view::npos && !path.starts_with('/');
  // On Linux a backslash is a character of a file name like any other.
  if (result.windows) std::replace(result.text.begin(), result.text.end(), '\\', '/');
  while (result.text.ends_with('/')) result.text.pop_back();
  return result;
}

// The part of `path` after `prefix`, if that is a parent folder (or the path itself).
std::optional<std::string_view> RemovePrefix(const ServerPath& path, const ServerPath& prefix) {
  if (path.windows != prefix.windows || path.text.size() < prefix.text.size()) return std::nullopt;
  const std::string_view text = path.text;
  const std::string_view front = text.substr(0, prefix.text.size());
  const bool ignore_case = path.windows || path.remote;
  if (ignore_case ? !EqualsIgnoreCase(front, prefix.text) : front != prefix.text) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(prefix.text.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

bool HasParentSegment(std::string_view path) {
  const auto parts = Split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

std::string Quoted(std::string_view path) {
  return "“" + EscapeUnprintable(TruncateUtf8(path, kPathBytesMax)) + "”";
}

auto RefuseFile(std::string sentence) {
  return Fail(Code::kMediaError, std::move(sentence));
}

Status CheckServerPath(std::string_view server_path) {
  if (server_path.empty())
    return RefuseFile("The media server does not say which file is playing.");
  if (server_path.size() > kPathBytesMax || server_path.find('\0') != std::string_view::npos) {
    return RefuseFile("The media server's path of the file is invalid.");
  }
  return {};
}

Result<std::string> Unmapped(const ServerPath& path, std::string_view server_path) {
  if (path.remote) {
    return RefuseFile("It is played from the network, not from a file: " + Quoted(server_path) +
                      ". If the same file is in a local folder, set PATH_MAPPINGS.");
  }
  if (path.windows) {
    return RefuseFile("The file on the media server is " + Quoted(server_path) +
                      ", a Windows path. Mount that folder here and set PATH_MAPPINGS.");
  }
  if (!path.text.starts_with('/')) {
    return RefuseFile("The file on the media server is " + Quoted(server_path) +
                      ", which is not an absolute path.");
  }
  return path.text;
}

std::optional<std::string> RealPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

bool IsInside(const std::string& path, const std::string& root) {
  const auto real_root = RealPath(root);
  if (!real_root) return false;
  return *real_root == "/" || path == *real_root || path.starts_with(*real_root + "/");
}

Status ExplainMissing(const std::string& path, int error) {
  if (error == EACCES) {
    return RefuseFile("There is no permission to access " + Quoted(path) +
                      ". Allow the user that runs Matinee to read the media folder.");
  }
  return RefuseFile(Quoted(path) +
                    " does not exist. Mount the media folder at the same path as on the "
                    "media server, or set PATH_MAPPINGS.");
}

Status CheckMedia(const std::string& path, const std::vector<std::string>& media_roots,
                  bool folder) {
  const auto real = RealPath(path);
  if (!real) return ExplainMissing(path, errno);
  struct stat info {};
  if (stat(real->c_str(), &info) != 0) return ExplainMissing(path, errno);
  if (folder ? !S_ISDIR(info.st_mode) : !S_ISREG(info.st_mode)) {
    return RefuseFile(Quoted(path) + (folder ? " is not a folder." : " is not a file."));
  }
  if (access(real->c_str(), folder ? R_OK | X_OK : R_OK) != 0) {
    return RefuseFile(Quoted(path) +
                      " is not readable. Allow the user that runs Matinee to read it.");
  }
  const bool allowed = media_roots.empty() ||
                       std::any_of(media_roots.begin(), media_roots.end(),
                                   [&](const std::string& root) { return IsInside(*real, root); });
  if (!allowed) {
    return RefuseFile(Quoted(path) +
                      " is outside the allowed folders. If this is intended, add its "
                      "folder to MEDIA_ROOTS.");
  }
  return {};
}

}  // namespace

Result<std::string> MapPath(std::string_view server_path,
                            const std::vector<PathMapping>& mappings) {
  TRY(CheckServerPath(server_path));
  const ServerPath path = Normalise(server_path);
  const PathMapping* best = nullptr;
  std::string_view best_rest;
  for (const PathMapping& mapping : mappings) {
    if (mapping.server_prefix.empty()) continue;
    const auto rest = RemovePrefix(path, Normalise(mapping.server_prefix));
    if (rest && (best == nullptr || rest->size() < best_rest.size())) {
      best = &mapping;
      best_rest = *rest;
    }
  }
  std::string local;
  if (best == nullptr) {
    TRY_ASSIGN(local, Unmapped(path, server_path));
  } else {
    std::string_view folder = best->local_prefix;
    while (folder.ends_with('/')) folder.remove_suffix(1);
    local.append(folder).append(best_rest);
  }
  if (HasParentSegment(local)) {
    return RefuseFile("The path " + Quoted(server_path) + " contains “..”.");
  }
  return local;
}

Status CheckMediaFile(const std::string& path, const std::vector<std::string>& media_roots) {
  return CheckMedia(path, media_roots, false);
}

Status CheckMediaFolder(const std::string& path, const std::vector<std::string>& media_roots) {
  return CheckMedia(path, media_roots, true);
}

FileResolver::FileResolver(std::vector<PathMapping> mappings, std::vector<std::string> media_roots,
                           const Clock& clock)
    : mappings_(std::move(mappings)), media_roots_(std::move(media_roots)), clock_(clock) {}

const Result<std::string>& FileResolver::Resolve(const std::string& server_path) {
  const MonoTime now = clock_.Mono();
  if (const auto* known = known_.Find(server_path, now)) return *known;
  Result<std::string> found = MapPath(server_path, mappings_);
  if (found) {
    if (const Status readable = CheckMediaFile(*found, media_roots_); !readable) {
      found = Fail(readable.error());
    }
  }
  const auto lifetime = found ? kFoundLifetime : kFailureLifetime;
  return known_.Put(server_path, std::move(found), now + lifetime);
}

}  // namespace matinee::media
