#include "media/media_roots.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "telemetry/log.h"

namespace matinee::media {
namespace {

// A thread and a gauge each; homes have a handful.
constexpr size_t kMediaRootsMax = 32;
// Longer than disks take to spin up.
constexpr std::chrono::seconds kRootCheckLimit{10};
constexpr int64_t kNotChecking = -1;

void AddRoot(std::string_view folder, std::vector<std::string>& roots) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  if (folder.empty() || std::ranges::find(roots, folder) != roots.end()) return;
  roots.emplace_back(folder);
}

int64_t Nanoseconds(MonoTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

// Written by the folder's thread and read by scrapes.
struct MediaRoots::Root {
  Root(std::string path, Gauge& available_gauge)
      : folder(std::move(path)), gauge(available_gauge) {}

  [[nodiscard]] bool AvailableAt(MonoTime now) const {
    const int64_t since = checking_since;
    const auto limit = std::chrono::nanoseconds(kRootCheckLimit).count();
    return available && (since == kNotChecking || Nanoseconds(now) - since <= limit);
  }

  const std::string folder;
  Gauge& gauge;
  std::atomic<bool> available{false};
  std::atomic<int64_t> checking_since{kNotChecking};  // Nanoseconds of the monotonic clock.
  bool checked = false;                               // Only the folder's thread uses it.
  std::unique_ptr<PeriodicTask> task;
};

std::vector<std::string> MediaRootsOf(const MediaSettings& media) {
  std::vector<std::string> roots;
  for (const std::string& folder : media.media_roots) AddRoot(folder, roots);
  for (const MediaServerSettings& server : media.servers) {
    for (const PathMapping& mapping : server.path_mappings) AddRoot(mapping.local_prefix, roots);
  }
  return roots;
}

bool IsMediaRootAvailable(const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  return !error && entries != std::filesystem::directory_iterator();
}

MediaRoots::MediaRoots(const std::vector<std::string>& folders, Metrics& metrics,
                       const Clock& clock, Check check, std::chrono::milliseconds interval)
    : clock_(clock), check_(std::move(check)) {
  for (const std::string& folder : folders) {
    if (roots_.size() == kMediaRootsMax) {
      Log(Severity::kWarn, "media", "there are more media folders than are watched",
          {{"watched", std::to_string(kMediaRootsMax)}});
      break;
    }
    Gauge& gauge = metrics.GetGauge(
        "matinee_media_root_available",
        "1 while the media folder can be listed and is not empty, else 0.", {{"root", folder}});
    Root& root = *roots_.emplace_back(std::make_unique<Root>(folder, gauge));
    root.task =
        std::make_unique<PeriodicTask>("media-root", interval, [this, &root] { CheckOnce(root); });
  }
  metrics.OnScrape([this] {
    const MonoTime now = clock_.Mono();
    for (const auto& root : roots_) root->gauge.Set(root->AvailableAt(now) ? 1 : 0);
  });
}

MediaRoots::~MediaRoots() {
  Stop();
}

void MediaRoots::Start() {
  for (const auto& root : roots_) root->task->Start();
}

void MediaRoots::Stop() {
  for (const auto& root : roots_) root->task->Stop();
}

void MediaRoots::CheckOnce(Root& root) const {
  root.checking_since = Nanoseconds(clock_.Mono());
  const bool available = check_(root.folder);
  const bool changed = root.available.exchange(available) != available;
  root.checking_since = kNotChecking;
  if (!available && (changed || !root.checked)) {
    Log(Severity::kWarn, "media", "a media folder is empty or cannot be listed",
        {{"root", root.folder}});
  } else if (available && changed && root.checked) {
    Log(Severity::kInfo, "media", "the media folder is available again", {{"root", root.folder}});
  }
  root.checked = true;
}

}  // namespace matinee::media
