// Whether the media folders can be read: matinee_media_root_available{root="…"}, 1 or 0.
//
// The folders are MEDIA_ROOTS and those to which path mappings lead. One is available while it can
// be listed and is not empty: the mount point of a share that is not mounted is an empty folder.
// A system call on a network drive that hangs does not return, so each folder has its own thread,
// and a check that takes longer than ten seconds counts as a folder that is not available. A scrape
// never waits for a check.
//
// Thread safety: Start() and Stop() from one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "media/media_settings.h"
#include "telemetry/metrics.h"

namespace matinee::media {

// MEDIA_ROOTS and the local folders of all path mappings, each once, without a slash at the end.
std::vector<std::string> MediaRootsOf(const MediaSettings& media);

// Whether the folder can be listed and has an entry. Waits as long as the file system does.
bool IsMediaRootAvailable(const std::string& folder);

class MediaRoots {
 public:
  // Returns whether a folder is available; called by the folder's thread.
  using Check = std::function<bool(const std::string& folder)>;

  // Seldom enough for a NAS whose disks sleep to answer from its memory.
  static constexpr std::chrono::seconds kInterval{30};

  // Exports a gauge for each folder, up to 32 of them; they are 0 before the first check has ended.
  // `metrics` and `clock` outlive this, and this the last scrape.
  MediaRoots(const std::vector<std::string>& folders, Metrics& metrics, const Clock& clock,
             Check check = IsMediaRootAvailable, std::chrono::milliseconds interval = kInterval);
  ~MediaRoots();  // Stop().
  MediaRoots(const MediaRoots&) = delete;
  MediaRoots& operator=(const MediaRoots&) = delete;

  // Checks each folder now, and then again an interval after each check.
  void Start();
  // Waits for the checks in progress, however long the file system makes them wait.
  void Stop();

 private:
  struct Root;

  void CheckOnce(Root& root) const;

  const Clock& clock_;
  const Check check_;
  std::vector<std::unique_ptr<Root>> roots_;
};

}  // namespace matinee::media
