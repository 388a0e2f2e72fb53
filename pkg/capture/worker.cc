#include "capture/worker.h"

#include <pthread.h>

#include <utility>

#include "telemetry/log.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLogger = "worker";
// How long a slot sleeps at most before it looks whether it is to stop.
constexpr milliseconds kTakeWait{1000};
// Progress is written at most this often: often enough for the eye, seldom enough for the disk.
constexpr milliseconds kProgressInterval{700};
// A capture that was cancelled and tried again waits this long for its last attempt to end: about
// as long as FFmpeg takes to go.
constexpr milliseconds kBusyWait{100};

const char* ModeOf(const Wish& wish) {
  if (wish.type == Type::kScreenshot) return "exact";
  return wish.precise ? "precise" : "fast";
}

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Worker::Worker(WorkerParts parts, RenderFunction render, PosterFunction poster, int slots)
    : parts_(parts), render_(std::move(render)), poster_(std::move(poster)), slots_(slots) {}

Worker::~Worker() {
  Stop(milliseconds(0));
}

void Worker::Start() {
  for (int slot = 0; slot < slots_; ++slot) {
    const auto accept = slot == 0 ? coord::Accept::kScreenshotsOnly : coord::Accept::kAll;
    threads_.emplace_back([this, accept] { Run(accept); });
    pthread_setname_np(threads_.back().native_handle(), "worker");
  }
}

void Worker::Stop(milliseconds grace) {
  stopping_ = true;
  parts_.queue.Close();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (parts_.running.count() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  parts_.running.CancelAll();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Worker::Run(coord::Accept accept) {
  while (!stopping_) {
    if (const auto job = parts_.queue.Take(accept, kTakeWait)) Process(*job);
  }
}

void Worker::Process(const coord::Job& job) {
  const auto cancel = parts_.running.Begin(job.capture_id);  // Before the claim: no gap for cancel.
  if (!cancel) {
    parts_.queue.EnqueueLater(job, kBusyWait);
    return;
  }
  // A job that was taken just before Stop() stays queued in its row. Looked at after Begin, so that
  // either this sees the stop, or Stop() sees the job.
  if (!stopping_) {
    const auto claimed = parts_.store.Claim(job.capture_id);
    if (!claimed) LogError(kLogger, "a capture cannot be claimed", claimed.error());
    // Else it was cancelled, deleted, or taken by another.
    if (claimed && *claimed) WorkOn(**claimed, *cancel);
    if (job.lane == coord::Lane::kClip) AddPoster(job.capture_id, *cancel);
  }
  parts_.running.End(job.capture_id);
  parts_.events.PublishCaptureChanged(job.capture_id);
}

void Worker::WorkOn(const Capture& capture, const process::CancelFlag& cancel) {
  parts_.events.PublishCaptureChanged(capture.id);
  const auto started = std::chrono::steady_clock::now();
  auto next_report = started;
  const ProgressCallback on_progress = [&](double progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_report) return;
    next_report = now + kProgressInterval;
    // A lost report is repaired by the next one.
    static_cast<void>(parts_.store.SetProgress(capture.id, capture.attempt, progress));
    parts_.events.PublishCaptureChanged(capture.id);
  };
  const Result<Rendered> rendered = render_(capture, on_progress, cancel);
  const Status finished = Finish(capture, rendered);
  Report(capture, finished, std::chrono::steady_clock::now() - started);
}

void Worker::Report(const Capture& capture, const Status& finished,
                    std::chrono::steady_clock::duration elapsed) {
  const std::string outcome = finished ? "complete" : std::string(Info(finished.error().code).name);
  const std::string type(ToString(capture.wish.type));
  parts_.metrics
      .GetCounter("matinee_jobs_total", "Jobs that ended, by what came of them.",
                  {{"queue", type}, {"outcome", outcome}})
      .Add();
  if (finished) {
    parts_.metrics
        .GetHistogram("matinee_capture_duration_seconds",
                      "From taking the job to the committed capture.", CaptureSeconds(),
                      {{"type", type}, {"mode", ModeOf(capture.wish)}})
        .Observe(Seconds(elapsed));
    Log(Severity::kInfo, kLogger, "capture complete",
        {{"capture_id", capture.id},
         {"type", type},
         {"mode", ModeOf(capture.wish)},
         {"seconds", Seconds(elapsed)}});
  } else {
    LogError(kLogger, "capture not made", finished.error(),
             {{"capture_id", capture.id}, {"type", type}, {"attempt", capture.attempt}});
  }
}

// Writes down what came of an attempt. One that does not end in a complete capture leaves no file.
Status Worker::Finish(const Capture& capture, const Result<Rendered>& rendered) {
  Status done;
  if (rendered) {
    done = Commit(capture, *rendered);
    parts_.files.Discard(rendered->file_path);
    if (!rendered->thumbnail_path.empty()) parts_.files.Discard(rendered->thumbnail_path);
  } else {
    done = Fail(rendered.error());
  }
  if (done) return done;
  const Result<bool> released = Release(capture, done.error());
  if (!released) {
    // The row stays "running", and the sweeper takes it up again; or it is complete after all.
    LogError(kLogger, "the end of a capture cannot be written down", released.error(),
             {{"capture_id", capture.id}});
  } else if (*released) {
    if (Status removed = RemoveFiles(capture); !removed) {
      LogError(kLogger, "the files of a capture that was not made cannot be removed",
               removed.error(), {{"capture_id", capture.id}});
    }
  }
  return done;
}

// The thumbnail first, the file second, the row last: a row that says "complete" has its files.
Status Worker::Commit(const Capture& capture, const Rendered& rendered) {
  Outcome outcome = rendered.outcome;
  outcome.has_thumbnail = !rendered.thumbnail_path.empty();
  if (outcome.has_thumbnail) {
    TRY(parts_.files.Publish(rendered.thumbnail_path, ThumbnailName(capture.id)));
  }
  TRY_ASSIGN(outcome.file_size_bytes, parts_.files.Publish(rendered.file_path, capture.file_name));
  TRY_ASSIGN(const bool ours, parts_.store.Complete(capture.id, capture.attempt, outcome));
  if (ours) return {};
  // Cancelled or deleted at the last moment: the files are nobody's.
  TRY(RemoveFiles(capture));
  return Fail(Code::kCancelled, "cancelled");
}

// Gives the row what follows from the error: failed, to be tried again, or back to the queue. False
// if it is not ours any more.
Result<bool> Worker::Release(const Capture& capture, const Error& error) {
  if (error.code == Code::kCancelled) {
    // By Stop(). If by a person, the row says so already and this changes nothing.
    return parts_.store.HandBack(capture.id, capture.attempt);
  }
  if (Info(error.code).retryable && capture.tries < kTriesMax) {
    const milliseconds delay = capture.tries == 1 ? kRetryDelayFirst : kRetryDelaySecond;
    return parts_.store.MarkRetrying(capture.id, capture.attempt, error, delay);
  }
  return parts_.store.MarkFailed(capture.id, capture.attempt, error);
}

// A clip without a poster is still a clip: what goes wrong here is only told to the log. It is
// tried again at the next start.
void Worker::AddPoster(const std::string& id, const process::CancelFlag& cancel) {
  const auto capture = parts_.store.Get(id);
  if (!capture || capture->phase != Phase::kComplete || capture->has_thumbnail) return;
  const Status published = PublishPoster(*capture, cancel);
  if (published || published.error().code == Code::kCancelled) return;
  LogError(kLogger, "a clip gets no poster", published.error(), {{"capture_id", id}});
}

Status Worker::PublishPoster(const Capture& capture, const process::CancelFlag& cancel) {
  TRY_ASSIGN(const std::string temporary, poster_(capture, cancel));
  const Result<int64_t> size = parts_.files.Publish(temporary, ThumbnailName(capture.id));
  parts_.files.Discard(temporary);
  if (!size) return Fail(size.error());
  TRY_ASSIGN(const bool wanted, parts_.store.SetHasThumbnail(capture.id));
  // Deleted meanwhile.
  return wanted ? Status() : parts_.files.Remove(ThumbnailName(capture.id));
}

Status Worker::RemoveFiles(const Capture& capture) {
  TRY(parts_.files.Remove(capture.file_name));
  return parts_.files.Remove(ThumbnailName(capture.id));
}

}  // namespace matinee::capture
