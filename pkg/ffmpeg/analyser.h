// Analyses media files with FFprobe, once per file: FFprobe takes 120 ms, too long to run in every
// capture.
//
// The cache key is path, size, modification time and inode, so that a replaced file is analysed
// again. The least recently used of kCachedFilesMax files is evicted first. Concurrent calls for
// the same file share one run of FFprobe. Failures are not cached.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "ffmpeg/media_file.h"
#include "ffmpeg/media_info.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// Far more than a home plays at once; an entry takes about 1 KB.
constexpr size_t kCachedFilesMax = 256;

class MediaAnalyser {
 public:
  MediaAnalyser(process::Runner& runner, std::string ffprobe_path);
  MediaAnalyser(const MediaAnalyser&) = delete;
  MediaAnalyser& operator=(const MediaAnalyser&) = delete;

  // Returns the info of this media file. Takes microseconds if it is cached, otherwise as long as
  // FFprobe. Errors, each with a sentence that says what to do: kPermissionDenied, kMediaError
  // (playlist, truncated, not a media file), kDeadlineExceeded (the disk does not respond),
  // kUnavailable.
  Result<std::shared_ptr<const MediaInfo>> Get(const MediaFile& file);

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

  InfoResult Analyse(const MediaFile& file);
  Result<std::string> RunProbe(std::vector<std::string> arguments, const MediaFile& file);
  void AddToCache(const FileKey& key, std::shared_ptr<const MediaInfo> info);

  process::Runner& runner_;
  const std::string ffprobe_path_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::map<FileKey, Entry> cache_;
  std::list<FileKey> ages_;  // Most recently used first.
  std::map<FileKey, std::shared_ptr<InFlight>> in_flight_;
};

}  // namespace matinee::ffmpeg
