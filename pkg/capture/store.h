// The store of captures: rows are the truth about what was requested and what came of it. Each
// change of phase is one guarded statement, so that of two writers of the same row only one
// succeeds.
//
// Thread safety: all methods may be called from any thread; each is one statement or transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "capture/capture.h"
#include "coord/term.h"
#include "sql/database.h"

namespace matinee::capture {

// Unfinished captures at once. A household taps a few times a minute; above this something is
// wrong, and an error is better than a queue of hours.
constexpr int64_t kUnfinishedMax = 1000;
// Two equal requests without a key within this time are one...
constexpr std::chrono::seconds kSameRequestWithin{2};
// ...if their times in the item differ by at most this.
constexpr double kSameMomentSeconds = 0.1;
// How long an Idempotency-Key is valid.
constexpr std::chrono::hours kIdempotencyKeyLife{24};

// After this many crashes a capture is retried once more, exclusively; after one more it fails.
constexpr int kCrashesMax = 3;

// What a complete capture holds.
struct CaptureResult {
  double timestamp_seconds = 0;
  std::optional<double> duration_seconds;
  int64_t file_size_bytes = 0;
  int width = 0;
  int height = 0;
  bool has_thumbnail = false;
  std::string file_name;
};

class Store {
 public:
  Store(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  struct Created {
    Capture capture;
    bool is_new = false;  // False: the same request created it before.
  };
  // Inserts the row of a new capture, queued; or returns the one that the same request created
  // before. Fails with kConflict (the Idempotency-Key was used for another request) and
  // kUnavailable (too many unfinished).
  Result<Created> Create(const CaptureSpec& spec);

  // Returns the capture that a request with this Idempotency-Key created in the last
  // kIdempotencyKeyLife, if any. Fails with kConflict if that was another request (another
  // `request_key`).
  Result<std::optional<Capture>> FindByKey(const std::string& idempotency_key,
                                           const std::string& request_key);

  // Fails with kNotFound.
  Result<Capture> Get(const std::string& id);

  // Claims a queued or retrying capture: running, with a new attempt number. With `take_over`, also
  // a running one, whose worker has crashed. Returns nothing if it cannot be claimed.
  Result<std::optional<Capture>> Claim(const std::string& id, bool take_over = false);

  // The following change only a capture that is running at this attempt; they return false if it is
  // not: it was cancelled, deleted or taken over, and the files of this attempt are orphaned.
  Result<bool> SetProgress(const std::string& id, int attempt, double progress);
  Result<bool> Complete(const std::string& id, int attempt, const CaptureResult& result);
  Result<bool> MarkFailed(const std::string& id, int attempt, const Error& error);
  Result<bool> MarkRetrying(const std::string& id, int attempt, const Error& error,
                            std::chrono::milliseconds delay);
  // Requeues it; this attempt does not count as a try.
  Result<bool> Requeue(const std::string& id, int attempt);

  // Requeues a running capture that has no worker, or fails it after kCrashesMax; counts a crash.
  // Returns the new row, or nothing if it is not running at this attempt or another process leads.
  Result<std::optional<Capture>> RequeueOrphan(const std::string& id, int attempt,
                                               const Error& error, coord::Term term);

  // Returns the term of the last leader.
  Result<coord::Term> LastTerm();
  // Begins a term: writes of leaders of older terms are refused from here on. Fails with kConflict
  // if the same or a later term has begun.
  Status BeginTerm(coord::Term term);

  // Records that the thumbnail exists; returns false if the capture is not complete (any more).
  Result<bool> SetHasThumbnail(const std::string& id);
  // Counts a crash of a worker at the poster of a complete clip. Returns false if the clip has one.
  Result<bool> CountPosterCrash(const std::string& id);

  // Cancels an unfinished capture; a cancelled one stays so. Fails with kNotFound, or kConflict if
  // it is complete or failed.
  Result<Capture> Cancel(const std::string& id);
  // Requeues a failed or cancelled capture, with all counts but `attempt` at 0. Fails with
  // kNotFound or kConflict.
  Result<Capture> Retry(const std::string& id);

  // Hides the capture; its files can be removed now, and then the row (Purge). Fails with
  // kNotFound.
  Result<Capture> SoftDelete(const std::string& id);
  // Deletes the row of a deleting capture; with a term, only if that is still the last one.
  Status Purge(const std::string& id, coord::Term term = coord::kNoTerm);

  // The lists leave out corrupt rows and log them.
  //
  // Lists captures that need a job: queued, or retrying and due; screenshots first, so that any
  // number of clips cannot hide one. At most `limit`.
  Result<std::vector<Capture>> ListDue(int64_t limit);
  // Lists clips that were completed at `since` or later and lack their poster, the newest first;
  // without those with more than kCrashesMax crashes.
  Result<std::vector<Capture>> ListWithoutPoster(int64_t limit, WallTime since);
  // Lists captures whose files must be removed.
  Result<std::vector<Capture>> ListDeleting(int64_t limit);
  // Lists running captures, also those whose process has ended.
  Result<std::vector<Capture>> ListRunning(int64_t limit);
  // Counts the captures of each phase; a phase without any may be missing.
  Result<std::map<Phase, int64_t>> CountByPhase();

 private:
  Result<Capture> Change(const sql::Query& query, const std::string& id, const char* refusal);
  Result<bool> Changes(const sql::Query& query, std::initializer_list<sql::Value> values);

  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace matinee::capture
