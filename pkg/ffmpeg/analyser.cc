#include "ffmpeg/analyser.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "ffmpeg/args.h"
#include "ffmpeg/diagnostics.h"
#include "ffmpeg/resources.h"
#include "ffmpeg/traced_run.h"

namespace matinee::ffmpeg {
namespace {

// A disk needs 10 s to spin up; a network share that hangs must not block longer.
constexpr std::chrono::milliseconds kProbeDeadline{20'000};
constexpr size_t kProbeBytesMax = 1024 * 1024;  // The output takes 1 KB per stream.

// How much of a file without an index is read to measure its keyframe distance.
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

MediaAnalyser::InfoResult MediaAnalyser::Get(const MediaFile& file) {
  const MediaFile::Version& version = file.version();
  const FileKey key{file.path(), version.size_bytes, version.modified_nanos, version.inode};
  std::shared_ptr<InFlight> call;
  {
    std::unique_lock lock(mutex_);
    if (const auto known = cache_.find(key); known != cache_.end()) {
      ages_.splice(ages_.begin(), ages_, known->second.age);
      return known->second.info;
    }
    if (const auto running = in_flight_.find(key); running != in_flight_.end()) {
      call = running->second;
      done_.wait(lock, [&call] { return call->done; });
      return call->result;
    }
    call = std::make_shared<InFlight>();
    in_flight_.emplace(key, call);
  }
  InfoResult result = Analyse(file);
  {
    const std::lock_guard lock(mutex_);
    if (result) AddToCache(key, *result);
    call->result = result;
    call->done = true;
    in_flight_.erase(key);
  }
  done_.notify_all();
  return result;
}

MediaAnalyser::InfoResult MediaAnalyser::Analyse(const MediaFile& file) {
  TRY_ASSIGN(const std::string json, RunProbe(ProbeArguments(kPassedMediaPath), file));
  TRY_ASSIGN(MediaInfo info, ParseProbe(json));
  if (info.seek_kind == SeekKind::kByPosition) {
    const double middle = info.start_time_seconds + info.duration_seconds / 2;
    const auto csv = RunProbe(ProbeKeyframesArguments(kPassedMediaPath, info.MainVideo().index,
                                                      middle, middle + kKeyframeSampleSeconds),
                              file);
    // Without it, captures only take longer.
    if (csv) info.keyframe_distance_seconds = LongestDistance(ParseKeyframes(*csv));
  }
  return std::make_shared<const MediaInfo>(std::move(info));
}

Result<std::string> MediaAnalyser::RunProbe(std::vector<std::string> arguments,
                                            const MediaFile& file) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), ffprobe_path_);
  command.descriptors = {file.descriptor()};
  command.limits = ProbeLimits();
  command.confinement.emplace();
  process::RunOptions options;
  options.deadline = kProbeDeadline;
  options.stdout_bytes_max = kProbeBytesMax;
  auto exit = RunTraced(runner_, command, options);
  if (!exit && exit.error().code == Code::kDeadlineExceeded) {
    return Fail(
        Code::kDeadlineExceeded,
        "the media file could not be read in 20 s: its disk or network share does not respond");
  }
  if (!exit) return Fail(exit.error());
  if (exit->ok()) return std::move(exit->out);
  TRY(CheckReadable(file));
  return Fail(ExplainFailure(*exit));
}

void MediaAnalyser::AddToCache(const FileKey& key, std::shared_ptr<const MediaInfo> info) {
  ages_.push_front(key);
  cache_.insert_or_assign(key, Entry{std::move(info), ages_.begin()});
  if (cache_.size() <= kCachedFilesMax) return;
  cache_.erase(ages_.back());
  ages_.pop_back();
}

}  // namespace matinee::ffmpeg
