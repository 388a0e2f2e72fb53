// From the path of a film as a media server knows it to the file as we can open it.
//
// A mapping says that a folder of the server's is a folder of ours. The longest mapping that fits
// wins, and it fits only at a folder boundary: "/tv" has nothing to do with "/tv2". Servers on
// Windows say "D:\Films" or "\\nas\films": backslashes count as slashes there, and the case of
// letters (of the ASCII ones) does not count.
//
// Not done: matching names whose accents are composed differently (Unicode NFC against NFD, as
// macOS writes them). Such a file is reported as missing, with its name.
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
  std::string server_prefix;  // "/data/films", "D:\Films", "\\nas\films", "smb://nas/films"
  std::string local_prefix;   // "/media/films"
};

// The path as we would open it. Fails with kMediaError and a sentence for a person when it cannot
// be a file of ours: an address on the network, a Windows path without a mapping, not absolute.
// Looks at nothing but its arguments.
Result<std::string> MapPath(std::string_view server_path, const std::vector<PathMapping>& mappings);

// Whether `path` is a file that we may read and that really lies (symbolic links followed) in one
// of `media_roots`; no roots allow all. Fails with kMediaError and a sentence that says what to do.
Status CheckMediaFile(const std::string& path, const std::vector<std::string>& media_roots);

// The same for a library's folder, for `matinee doctor`.
Status CheckMediaFolder(const std::string& path, const std::vector<std::string>& media_roots);

// MapPath and CheckMediaFile, remembering the outcome for a little while: sessions are polled every
// other second, and a file on a network drive should not be asked for each time.
class FileResolver {
 public:
  FileResolver(std::vector<PathMapping> mappings, std::vector<std::string> media_roots,
               const Clock& clock);

  // The path to open, as bytes: it need not be UTF-8. Error as above.
  const Result<std::string>& Resolve(const std::string& server_path);

 private:
  // A home plays a handful of films at once.
  static constexpr size_t kFilesMax = 64;

  std::vector<PathMapping> mappings_;
  std::vector<std::string> media_roots_;
  const Clock& clock_;
  BoundedCache<Result<std::string>> known_{kFilesMax};
};

}  // namespace matinee::media
