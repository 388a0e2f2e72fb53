#include "capture/poster_kind.h"

#include <utility>
#include <vector>

#include "base/time_format.h"
#include "capture/orphaned_files.h"
#include "jobs/job_spans.h"
#include "jobs/retry_policy.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr sql::Query kRetryFailed{"poster_retry_failed",
                                  "UPDATE posters SET phase = 'queued', tries = 0,"
                                  " retry_at = NULL, updated_at = $2"
                                  " WHERE phase = 'failed' AND deaths <= $1"};

}  // namespace

PosterKind::PosterKind(Store& store, storage::FileStore& files, coord::JobQueue& queue,
                       sql::Database& database, const Clock& clock)
    : JobKind(database, clock, {.kind = kPosterKind, .table = "posters"}),
      store_(store),
      files_(files),
      queue_(queue),
      database_(database),
      clock_(clock) {}

void PosterKind::Enqueue(const Capture& clip) {
  const auto added = table().Insert(clip.id, {}, std::nullopt, clip.traceparent);
  if (!added) {
    LogError("worker", "the job of a poster cannot be stored yet", added.error(),
             {{"capture_id", clip.id}});
  } else if (*added) {
    jobs::Enqueue(queue_, JobOf(**added));
  }
}

Status PosterKind::Reconcile(const jobs::Round& round) {
  if (round.is_first) {
    TRY(database_.Run(kRetryFailed, {jobs::kCrashesMax, ToMicros(clock_.Now())}));
  }
  TRY_ASSIGN(const std::vector<Capture> clips, store_.ListWithoutPoster(kUnfinishedMax));
  for (const Capture& clip : clips) {
    TRY(table().Insert(clip.id, {}, std::nullopt, clip.traceparent));
  }
  return RemoveTemporaryFiles(files_, *this, queue_);
}

Result<jobs::Completion> PosterHandler::Run(const jobs::Attempt& attempt) {
  const std::string& id = attempt.state().id;
  const Result<Capture> clip = store_.Get(id);
  if (!clip && clip.error().code != Code::kNotFound) return Fail(clip.error());
  const bool is_wanted = clip && clip->phase == Phase::kComplete && !clip->has_thumbnail;
  // Otherwise the clip was deleted, or an earlier attempt made the poster.
  if (!is_wanted) return jobs::Completion{};
  TRY_ASSIGN(const std::string temporary, render_(*clip, attempt.cancel()));
  const std::string name = ThumbnailName(clip->file_name);
  const Result<int64_t> size = files_.Publish(temporary, name);
  files_.Discard(temporary);
  if (!size) return Fail(size.error());
  TRY_ASSIGN(const bool is_set, store_.SetHasThumbnail(id));
  if (!is_set) TRY(files_.Remove(name));  // The clip was deleted.
  return jobs::Completion{{}, [this, id] { PublishCaptureChanged(events_, id); }};
}

}  // namespace matinee::capture
