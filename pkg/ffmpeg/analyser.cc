#include "ffmpeg/analyser.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "ffmpeg/args.h"
#include "ffmpeg/diagnostics.h"
#include "ffmpeg/traced_run.h"

namespace matinee::ffmpeg {
namespace {

// A sleeping disk needs 10 s to wake up; a network share that hangs must not hold us longer.
constexpr std::chrono::milliseconds kProbeDeadline{20'000};
constexpr size_t kProbeBytesMax = 1024 * 1024;  // What we ask for takes 1 KB a stream.

// How much of a film without an index is read to learn the distance of its keyframes.
constexpr double kKeyframeSampleSeconds = 15;

double LongestDistance(const std::vector<Keyframe>& keyframes) {
  double longest = 0;
  for (size_t i = 1; i < keyframes.size(); ++i) {
    longest = std::max(longest, keyframes[i].shown_seconds - keyframes[i - 1].shown_seconds);
  }
  return longest;
}

}  // namespace

MediaAnalyser::MediaAnalyser(process::Runner& runner, std::string ffprobe_path)
    : runner_(runner), ffprobe_path_(std::move(ffprobe_path)) {}

MediaAnalyser::InfoResult MediaAnalyser::Get(const std::string& path) {
  TRY_ASSIGN(const FileKey key, Look(path));
  std::shared_ptr<InFlight> flight;
  {
    std::unique_lock lock(mutex_);
    if (const auto known = known_.find(key); known != known_.end()) {
      ages_.splice(ages_.begin(), ages_, known->second.age);
      return known->second.info;
    }
    if (const auto flying = flights_.find(key); flying != flights_.end()) {
      flight = flying->second;
      landed_.wait(lock, [&flight] { return flight->done; });
      return flight->result;
    }
    flight = std::make_shared<InFlight>();
    flights_.emplace(key, flight);
  }
  InfoResult result = Analyse(key);
  {
    const std::lock_guard lock(mutex_);
    if (result) Remember(key, *result);
    flight->result = result;
    flight->done = true;
    flights_.erase(key);
  }
  landed_.notify_all();
  return result;
}

void MediaAnalyser::Prefetch(const std::string& path, Executor& executor) {
  // Looking at the file may hang on a dead share: that too is the executor's.
  static_cast<void>(executor.TrySubmit([this, path] { static_cast<void>(Get(path)); }));
}

Result<MediaAnalyser::FileKey> MediaAnalyser::Look(const std::string& path) {
  TRY(CheckMediaFile(path));
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return Fail(Code::kNotFound, "the film was removed just now");
  }
  FileKey key;
  key.path = path;
  key.size_bytes = status.st_size;
  key.modified_nanos = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  key.inode = status.st_ino;
  return key;
}

MediaAnalyser::InfoResult MediaAnalyser::Analyse(const FileKey& key) {
  TRY_ASSIGN(const std::string json, RunProbe(ProbeArguments(key.path), key.path));
  TRY_ASSIGN(MediaInfo info, ParseProbe(json));
  if (info.seek_kind == SeekKind::kByPosition) {
    const double middle = info.start_time_seconds + info.duration_seconds / 2;
    const auto csv = RunProbe(ProbeKeyframesArguments(key.path, info.MainVideo().index, middle,
                                                      middle + kKeyframeSampleSeconds),
                              key.path);
    // Not knowing it costs time in captures, no more.
    if (csv) info.keyframe_distance_seconds = LongestDistance(ParseKeyframes(*csv));
  }
  return std::make_shared<const MediaInfo>(std::move(info));
}

Result<std::string> MediaAnalyser::RunProbe(std::vector<std::string> arguments,
                                            const std::string& path) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), ffprobe_path_);
  process::RunOptions options;
  options.deadline = kProbeDeadline;
  options.stdout_bytes_max = kProbeBytesMax;
  auto exit = RunTraced(runner_, command, options);
  if (!exit && exit.error().code == Code::kDeadlineExceeded) {
    return Fail(Code::kDeadlineExceeded,
                "the film could not be read in 20 s: its disk or network share does not answer");
  }
  if (!exit) return Fail(exit.error());
  if (exit->ok()) return std::move(exit->out);
  TRY(CheckMediaFile(path));
  return Fail(ExplainFailure(*exit));
}

void MediaAnalyser::Remember(const FileKey& key, std::shared_ptr<const MediaInfo> info) {
  ages_.push_front(key);
  known_.insert_or_assign(key, Entry{std::move(info), ages_.begin()});
  if (known_.size() <= kAnalysedFilmsMax) return;
  known_.erase(ages_.back());
  ages_.pop_back();
}

}  // namespace matinee::ffmpeg
