// Maps the path of a media file on a media server to its path on this host.
//
// A mapping maps a folder of the server to a local folder. The longest mapping that matches wins,
// and it matches only at a folder boundary: "/tv" does not match "/tv2". Paths of Windows servers
// ("D:\Movies", "\\nas\movies") match with backslashes as slashes, and without regard to the case
// of ASCII letters.
//
// Not supported: names whose accents are composed differently (Unicode NFC against NFD, as macOS
// writes them). Such a file is reported as missing, with its name.
//
// Thread safety: pure functions, except FileResolver, which is used by one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "media/bounded_cache.h"

namespace matinee::media {

struct PathMapping {
  std::string server_prefix;  // "/data/movies", "D:\Movies", "\\nas\movies", "smb://nas/movies"
  std::string local_prefix;   // "/media/movies"
  bool operator==(const PathMapping&) const = default;
};

// Returns the local path. Fails with kMediaError and a sentence for users if it cannot be a local
// file: a network address, a Windows path without a mapping, not absolute. Does no I/O.
Result<std::string> MapPath(std::string_view server_path, const std::vector<PathMapping>& mappings);

// Checks that `path` is a readable file inside one of `media_roots` (after resolving symbolic
// links); empty roots allow all. Fails with kMediaError and a sentence that says what to do.
Status CheckMediaFile(const std::string& path, const std::vector<std::string>& media_roots);

// The same for a library's folder, for `matinee doctor`.
Status CheckMediaFolder(const std::string& path, const std::vector<std::string>& media_roots);

// Caches the result of MapPath and CheckMediaFile for a few seconds: sessions are polled every two
// seconds, and a poll should not access the network drive each time.
class FileResolver {
 public:
  FileResolver(std::vector<PathMapping> mappings, std::vector<std::string> media_roots,
               const Clock& clock);

  // Returns the path to open, as bytes: it need not be UTF-8. Errors as above.
  const Result<std::string>& Resolve(const std::string& server_path);

 private:
  // A home plays a handful of files at once.
  static constexpr size_t kFilesMax = 64;

  std::vector<PathMapping> mappings_;
  std::vector<std::string> media_roots_;
  const Clock& clock_;
  BoundedCache<Result<std::string>> known_{kFilesMax};
};

}  // namespace matinee::media
