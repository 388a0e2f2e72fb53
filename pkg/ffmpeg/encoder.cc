#include "ffmpeg/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "ffmpeg/args.h"
#include "ffmpeg/diagnostics.h"
#include "ffmpeg/file_headers.h"
#include "ffmpeg/filters.h"
#include "ffmpeg/plan.h"
#include "ffmpeg/progress_parser.h"
#include "ffmpeg/seek.h"
#include "ffmpeg/traced_run.h"

namespace matinee::ffmpeg {
namespace {

using std::chrono::milliseconds;

// A screenshot takes 0.2 to 1.2 s, a disk that spins up 10 s; 4K on a weak machine with a slow
// share still ends within this time.
constexpr milliseconds kScreenshotDeadline{60'000};
constexpr milliseconds kPosterDeadline{30'000};
constexpr milliseconds kKeyframesDeadline{60'000};
// Copying: at least half the speed of playback, which any share that can play the file has.
constexpr milliseconds kFastClipDeadline{120'000};
constexpr double kFastClipDeadlineFactor = 2;
// Encoding 4K HDR at nice 19 on a weak, busy machine is up to 60 times slower than playback.
constexpr milliseconds kPreciseClipDeadline{120'000};
constexpr double kPreciseClipDeadlineFactor = 60;

constexpr int kClipNice = 19;  // A screenshot beside four clips stays at 1.0 x instead of 6.8 x.
// Copying takes a tenth of a second of CPU: it needs no lower priority.
constexpr int kCopyNice = 0;

// How far back to search for a keyframe, in this order.
constexpr double kKeyframeWindowsSeconds[] = {15, 120, 1e9};
// FFprobe prints at most some hundred thousand packets of 30 bytes for a whole file.
constexpr size_t kKeyframesBytesMax = 64 * 1024 * 1024;
// A screenshot, or the beginning of a clip: however little space is left, a capture may write this
// much before it is ended.
constexpr int64_t kWritableBytesMin = 64 * 1024 * 1024;
// A time stamp as a decimal may be rounded past its packet.
constexpr double kBeforeKeyframeSeconds = 0.0005;

milliseconds DeadlineFor(milliseconds least, double factor, double seconds) {
  return least + milliseconds(static_cast<int64_t>(seconds * factor * 1000));
}

bool SameTime(std::optional<double> a, std::optional<double> b, double tolerance) {
  return a && b && std::abs(*a - *b) <= tolerance;
}

// Reports progress between 0 and 1, never decreasing, also over several runs.
class Progress {
 public:
  Progress(const ProgressCallback& callback, double seconds)
      : callback_(callback), seconds_(seconds) {}

  void Report(std::optional<double> done_seconds) {
    if (!callback_ || !done_seconds || seconds_ <= 0) return;
    const double fraction = std::clamp(*done_seconds / seconds_, 0.0, 1.0);
    if (fraction <= highest_) return;
    highest_ = fraction;
    callback_(fraction);
  }

 private:
  const ProgressCallback& callback_;
  const double seconds_;
  double highest_ = 0;
};

std::string FolderOf(const std::string& path) {
  return path.substr(0, std::max<size_t>(1, path.rfind('/')));
}

// Lowers the limit of a file to what the disk may take; returns whether that is less.
bool LimitToSpace(const std::function<int64_t()>& writable_bytes, process::Limits& limits) {
  if (!writable_bytes) return false;
  const int64_t writable = std::max(kWritableBytesMin, writable_bytes());
  if (writable >= limits.file_bytes_max) return false;
  limits.file_bytes_max = writable;
  return true;
}

// FFmpeg knows the media file by a descriptor; its messages should name the file.
std::string WithMediaPath(std::string text, const std::string& path) {
  constexpr std::string_view kShown = kPassedMediaPath;
  const std::string name = EscapeUnprintable(path);
  for (size_t at = text.find(kShown); at != std::string::npos;
       at = text.find(kShown, at + name.size())) {
    text.replace(at, kShown.size(), name);
  }
  return text;
}

// The distance of frames is far less, except in a slide show, which is not truncated.
constexpr double kFrameAgeSecondsMax = 1;

Error TruncatedFile(const MediaInfo& media, double last_stream_seconds) {
  return Error{
      Code::kMediaError,
      fmt::format("the media file ends after {:.0f} s, before its duration: it is truncated, or "
                  "still being copied",
                  ToMediaTime(media, last_stream_seconds))};
}

Result<ScreenshotResult> DescribeScreenshot(const MediaInfo& media, const ProgressParser& parser,
                                            const std::string& path) {
  ScreenshotResult result;
  TRY_ASSIGN(result.size_bytes, OutputBytes(path));
  TRY_ASSIGN(const Size size, JpegSize(path));
  result.width = size.width;
  result.height = size.height;
  result.frame_seconds = ToMediaTime(media, parser.shown_seconds().value_or(0));
  return result;
}

Result<ClipResult> DescribeClip(const MediaInfo& media, double begin_stream_seconds, Size size,
                                const std::string& path) {
  ClipResult result;
  TRY_ASSIGN(result.size_bytes, OutputBytes(path));
  TRY_ASSIGN(result.duration_seconds, Mp4Seconds(path));
  result.start_seconds = ToMediaTime(media, begin_stream_seconds);
  result.width = size.width;
  result.height = size.height;
  return result;
}

}  // namespace

// One run of FFmpeg or FFprobe. It reads `file` as kPassedMediaPath.
struct Encoder::ToolRun {
  Arguments arguments;
  const MediaFile& file;
  std::string output_path;  // "": it writes none.
  process::Limits limits;
  int nice = 0;
  milliseconds deadline{0};
  const process::CancelFlag* cancel = nullptr;
  bool* truncated = nullptr;  // Set to whether FFmpeg reported a truncated file.
};

// The state of a fast clip.
struct Encoder::FastJob {
  const MediaInfo& media;
  const ClipRequest& request;
  const process::CancelFlag* cancel;
  ClipPlan plan;
  Progress progress;
};

Encoder::Encoder(process::Runner& runner, EncoderOptions options)
    : runner_(runner), options_(std::move(options)) {}

int64_t Encoder::MemoryBytes(const MediaInfo& media, Work work) const {
  const VideoStream& video = media.MainVideo();
  const bool encodes = work == Work::kFastClip && !CanCopyVideoToMp4(video);
  return EstimateMemoryBytes(video, encodes ? Work::kPreciseClip : work, options_.threads);
}

process::Limits Encoder::LimitsFor(const VideoStream& video, Work work, const MediaFile& file,
                                   double seconds) const {
  process::Limits limits;
  limits.file_bytes_max = EstimateFileBytesMax(video, work, file.version().size_bytes, seconds);
  limits.address_space_bytes_max =
      AddressSpaceBytesMax(EstimateMemoryBytes(video, work, options_.threads),
                           static_cast<int>(std::thread::hardware_concurrency()));
  return limits;
}

Status Encoder::RunTool(const std::string& program, const ToolRun& run,
                        std::function<void(std::string_view)> on_line) const {
  process::Command command;
  command.argv.push_back(program);
  command.argv.insert(command.argv.end(), run.arguments.begin(), run.arguments.end());
  command.nice = run.nice;
  command.descriptors = {run.file.descriptor()};
  command.limits = run.limits;
  command.confinement.emplace();
  bool is_space_short = false;
  if (!run.output_path.empty()) {
    command.confinement->writable = {FolderOf(run.output_path)};
    is_space_short = LimitToSpace(options_.writable_bytes, command.limits);
  }
  process::RunOptions run_options;
  run_options.deadline = run.deadline;
  run_options.stdout_bytes_max = 0;
  run_options.on_stdout_line = std::move(on_line);
  run_options.cancel = run.cancel;
  TRY_ASSIGN(const process::Exit exit, RunTraced(runner_, command, run_options));
  if (run.truncated != nullptr) *run.truncated = ReportsTruncation(exit.err);
  if (exit.ok()) return {};
  if (options_.log) options_.log(WithMediaPath(exit.err, run.file.path()));
  if (exit.signal == SIGXFSZ && is_space_short) {
    return Fail(Code::kInsufficientStorage,
                "the disk that the captures are written to would get too full; free some space and "
                "try again");
  }
  const Error error = ExplainFailure(exit);
  const bool about_a_file = error.code == Code::kNotFound || error.code == Code::kPermissionDenied;
  if (!about_a_file) return Fail(error);
  // The error may be about the input or the output.
  TRY(CheckReadable(run.file));
  return Fail(error.code, "the captures' folder is missing or not writable");
}

Result<ScreenshotResult> Encoder::Screenshot(const MediaInfo& media,
                                             const ScreenshotRequest& request,
                                             const ScreenshotFiles& files,
                                             const process::CancelFlag* cancel) {
  const MediaFile& file = *request.file;
  const VideoStream& video = media.MainVideo();
  const process::Limits limits = LimitsFor(video, Work::kScreenshot, file, 0);
  Error last{Code::kMediaError, "FFmpeg found no frame at this position"};
  for (int attempt = 0; attempt < kSeekAttempts; ++attempt) {
    ScreenshotPlan plan = PlanScreenshot(media, request.at_seconds, attempt);
    plan.media_path = kPassedMediaPath;
    plan.quality = options_.screenshot_quality;
    plan.threads = options_.threads;
    plan.image_path = files.image_path;
    plan.thumbnail_path = files.thumbnail_path;
    ProgressParser parser(video.time_base, plan.at_stream_seconds);
    bool truncated = false;
    const Status status =
        RunTool(options_.ffmpeg_path,
                ToolRun{ScreenshotArguments(video, plan), file, files.image_path, limits,
                        request.nice, kScreenshotDeadline, cancel, &truncated},
                [&parser](std::string_view line) { parser.ReadLine(line); });
    if (!status && status.error().code != Code::kMediaError) return Fail(status.error());
    if (!status) last = status.error();
    const bool from_the_beginning = plan.seek_seconds <= 0;
    const auto first = parser.first_decoded_seconds();
    if (status && first &&
        (from_the_beginning || *first <= plan.at_stream_seconds + kSameTimeSeconds)) {
      // The last frame before a gap is not the frame on the screen after it.
      const double age = plan.at_stream_seconds - parser.shown_seconds().value_or(*first);
      if (truncated && age > kFrameAgeSecondsMax) {
        return Fail(TruncatedFile(media, *parser.shown_seconds()));
      }
      return DescribeScreenshot(media, parser, files.image_path);
    }
    if (from_the_beginning) break;
  }
  return Fail(last);
}

Result<ClipResult> Encoder::PreciseClip(const MediaInfo& media, const ClipRequest& request,
                                        const std::string& clip_path,
                                        const ProgressCallback& progress,
                                        const process::CancelFlag* cancel) {
  const VideoStream& video = media.MainVideo();
  const double seconds = request.end_seconds - request.start_seconds;
  const process::Limits limits = LimitsFor(video, Work::kPreciseClip, *request.file, seconds);
  const auto deadline = DeadlineFor(kPreciseClipDeadline, kPreciseClipDeadlineFactor, seconds);
  Progress reporter(progress, seconds);
  for (int attempt = 0; attempt < kSeekAttempts; ++attempt) {
    ClipPlan plan = PlanPreciseClip(media, request.start_seconds, request.end_seconds,
                                    request.audio_stream_index, attempt);
    plan.media_path = kPassedMediaPath;
    plan.threads = options_.threads;
    plan.clip_path = clip_path;
    ProgressParser parser(video.time_base, plan.start_stream_seconds);
    TRY(RunTool(options_.ffmpeg_path,
                ToolRun{PreciseClipArguments(video, plan), *request.file, clip_path, limits,
                        kClipNice, deadline, cancel},
                [&](std::string_view line) {
                  parser.ReadLine(line);
                  reporter.Report(parser.progress_seconds());
                }));
    const bool from_the_beginning = plan.seek_seconds <= 0;
    const auto first = parser.first_decoded_seconds();
    const bool early_enough = first && *first <= plan.start_stream_seconds + kSameTimeSeconds;
    if (!from_the_beginning && !early_enough) continue;
    if (!parser.begin_seconds()) break;
    reporter.Report(seconds);
    return DescribeClip(media, *parser.begin_seconds(), ClipSize(video), clip_path);
  }
  return Fail(Code::kMediaError, "the media file has no frames in this range");
}

Result<ClipResult> Encoder::FastClip(const MediaInfo& media, const ClipRequest& request,
                                     const std::string& clip_path, const ProgressCallback& progress,
                                     const process::CancelFlag* cancel) {
  const VideoStream& video = media.MainVideo();
  if (!CanCopyVideoToMp4(video)) return PreciseClip(media, request, clip_path, progress, cancel);
  const double seconds = request.end_seconds - request.start_seconds;
  FastJob job{
      media, request, cancel,
      PlanFastClip(media, request.start_seconds, request.end_seconds, request.audio_stream_index),
      Progress(progress, seconds)};
  job.plan.media_path = kPassedMediaPath;
  job.plan.clip_path = clip_path;

  const bool direct = media.seek_kind != SeekKind::kByPosition;
  Result<double> begin = direct ? CopyFromSeekPoint(job) : CopyFromKeyframe(job);
  // Some files cannot be copied although MP4 supports the codec, e.g. AVI without time stamps.
  if (!begin && begin.error().code == Code::kMediaError) {
    return PreciseClip(media, request, clip_path, progress, cancel);
  }
  if (!begin) return Fail(begin.error());
  job.progress.Report(seconds);
  TRY_ASSIGN(ClipResult result, DescribeClip(media, *begin, DisplaySize(video), clip_path));
  result.copied = true;
  return result;
}

// Copies in one run; if it began late, or with audio and video far apart, copies from a keyframe.
Result<double> Encoder::CopyFromSeekPoint(FastJob& job) {
  TRY_ASSIGN(const ProgressParser parser, Copy(job, std::nullopt));
  if (BeginsAcceptably(job.plan, parser.first_video_packet_seconds(),
                       parser.first_audio_packet_seconds())) {
    return *parser.first_video_packet_seconds();
  }
  return CopyFromKeyframe(job);
}

// Finds the keyframe first, begins to read some time before it, and drops earlier packets.
Result<double> Encoder::CopyFromKeyframe(FastJob& job) {
  TRY_ASSIGN(const Keyframe keyframe, FindKeyframe(job));
  const double begin = keyframe.decoded_seconds - kBeforeKeyframeSeconds;
  for (int attempt = 0; attempt < kSeekAttempts; ++attempt) {
    job.plan.seek_seconds = SeekSeconds(job.media, ToMediaTime(job.media, keyframe.shown_seconds),
                                        kAudioLeadSeconds, attempt);
    TRY_ASSIGN(const ProgressParser parser, Copy(job, begin));
    const auto first = parser.first_video_packet_seconds();
    if (first && SameTime(begin + *first, keyframe.shown_seconds, 2 * kBeforeKeyframeSeconds)) {
      return keyframe.shown_seconds;
    }
    if (job.plan.seek_seconds <= 0) break;
  }
  return Fail(Code::kMediaError,
              "the media file has no keyframe that a clip could begin with; try a "
              "precise clip");
}

Result<ProgressParser> Encoder::Copy(FastJob& job, std::optional<double> begin_stream_seconds) {
  const VideoStream& video = job.media.MainVideo();
  const double seconds = job.request.end_seconds - job.request.start_seconds;
  const auto deadline = DeadlineFor(kFastClipDeadline, kFastClipDeadlineFactor, seconds);
  const bool encodes = job.plan.audio != nullptr && !CopiesAudio(job.plan);
  ProgressParser parser(video.time_base, job.plan.start_stream_seconds);
  const process::Limits limits = LimitsFor(video, Work::kFastClip, *job.request.file, seconds);
  TRY(RunTool(
      options_.ffmpeg_path,
      ToolRun{FastClipArguments(video, job.plan, begin_stream_seconds), *job.request.file,
              job.plan.clip_path, limits, encodes ? kClipNice : kCopyNice, deadline, job.cancel},
      [&](std::string_view line) {
        parser.ReadLine(line);
        job.progress.Report(parser.progress_seconds());
      }));
  return parser;
}

// The last keyframe that is not after the start, or the first of the file.
Result<Keyframe> Encoder::FindKeyframe(const FastJob& job) {
  const VideoStream& video = job.media.MainVideo();
  const double start = job.plan.start_stream_seconds;
  for (const double window : kKeyframeWindowsSeconds) {
    const double from = std::max(job.media.start_time_seconds, start - window);
    std::string csv;
    TRY(RunTool(options_.ffprobe_path,
                ToolRun{ProbeKeyframesArguments(kPassedMediaPath, video.index, from, start + 1),
                        *job.request.file, "", ProbeLimits(), 0, kKeyframesDeadline, job.cancel},
                [&csv](std::string_view line) {
                  if (csv.size() < kKeyframesBytesMax) csv.append(line).append("\n");
                }));
    const auto keyframes = ParseKeyframes(csv);
    const auto after = std::find_if(keyframes.begin(), keyframes.end(), [&](const Keyframe& one) {
      return one.shown_seconds > start + kSameTimeSeconds;
    });
    if (after != keyframes.begin()) return *std::prev(after);
    const bool whole_beginning = from <= job.media.start_time_seconds;
    if (whole_beginning && after != keyframes.end()) return *after;
    if (whole_beginning) break;
  }
  return Fail(Code::kMediaError, "the media file has no keyframe before this position");
}

Status Encoder::Poster(const MediaInfo& clip, const MediaFile& file, const std::string& poster_path,
                       const process::CancelFlag* cancel) {
  const VideoStream& video = clip.MainVideo();
  TRY(RunTool(options_.ffmpeg_path,
              ToolRun{PosterArguments(video, kPassedMediaPath, poster_path), file, poster_path,
                      LimitsFor(video, Work::kPoster, file, 0), 0, kPosterDeadline, cancel},
              nullptr));
  TRY(OutputBytes(poster_path));
  return {};
}

}  // namespace matinee::ffmpeg
