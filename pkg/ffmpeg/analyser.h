// Finds out what is in a film, once per file: FFprobe takes 120 ms, too long to run in every
// capture.
//
// A file is told apart by path, size, modification time and inode, so that a film which is replaced
// is analysed again. The least recently used of kAnalysedFilmsMax films is forgotten first. Of
// several callers that ask for the same file at once, one runs FFprobe and the others wait for it.
// Failures are not remembered.
//
// Which paths may be opened at all is decided before, elsewhere.
//
// Thread safety: all methods may be called from any thread. The Executor must be stopped before the
// analyser is destroyed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/executor.h"
#include "base/result.h"
#include "ffmpeg/media_info.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// Far more than a household plays at once; one entry takes about 1 KB.
constexpr size_t kAnalysedFilmsMax = 256;

class MediaAnalyser {
 public:
  MediaAnalyser(process::Runner& runner, std::string ffprobe_path);
  MediaAnalyser(const MediaAnalyser&) = delete;
  MediaAnalyser& operator=(const MediaAnalyser&) = delete;

  // What is in the film at this absolute path. Takes microseconds where it is known already, else
  // as long as FFprobe does. Errors, each with a sentence that says what to do: kNotFound
  // (missing), kPermissionDenied, kMediaError (folder, disc image, playlist, empty, torn, no film),
  // kDeadlineExceeded (the disk does not answer), kUnavailable.
  Result<std::shared_ptr<const MediaInfo>> Get(const std::string& path);

  // Analyses in the background if nobody has. Nothing happens if the executor is busy: Get will do
  // it then. The failure of a prefetch is not told; Get meets it again.
  void Prefetch(const std::string& path, Executor& executor);

 private:
  struct FileKey {
    std::string path;
    int64_t size_bytes = 0;
    int64_t modified_nanos = 0;
    uint64_t inode = 0;
    auto operator<=>(const FileKey&) const = default;  // NOLINT(modernize-use-nullptr): its fault.
  };
  using InfoResult = Result<std::shared_ptr<const MediaInfo>>;
  struct InFlight {
    bool done = false;
    InfoResult result = Fail(Code::kInternal, "not analysed yet");
  };
  struct Entry {
    std::shared_ptr<const MediaInfo> info;
    std::list<FileKey>::iterator age;
  };

  static Result<FileKey> Look(const std::string& path);
  InfoResult Analyse(const FileKey& key);
  Result<std::string> RunProbe(std::vector<std::string> arguments, const std::string& path);
  void Remember(const FileKey& key, std::shared_ptr<const MediaInfo> info);

  process::Runner& runner_;
  const std::string ffprobe_path_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::map<FileKey, Entry> known_;
  std::list<FileKey> ages_;  // Most recently used first.
  std::map<FileKey, std::shared_ptr<InFlight>> flights_;
};

}  // namespace matinee::ffmpeg
