// The rows of captures: the truth about what was asked for and what came of it. Every change of a
// capture's phase is one guarded statement here, so that two who want the same row cannot both win.
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

// Unfinished captures at once. A household taps a few times a minute; past this something is wrong,
// and saying so is kinder than a queue of hours.
constexpr int64_t kUnfinishedMax = 1000;
// Two requests without a key that mean the same within this time are one...
constexpr std::chrono::seconds kSameRequestWithin{2};
// ...if they mean the same moment of the film within this much.
constexpr double kSameMomentSeconds = 0.1;
// How long an Idempotency-Key is remembered.
constexpr std::chrono::hours kIdempotencyKeyLife{24};

// Attempts that end with the death of their worker. What was running at so many deaths is tried
// once more with nothing beside it; if that worker dies too, it is given up.
constexpr int kCrashesMax = 3;

// What a finished capture holds.
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
    bool is_new = false;  // False: the same request was there already.
  };
  // Writes the row of a new capture, queued; or finds the one that the same request made before.
  // Fails with kConflict (the Idempotency-Key was used for something else) and kUnavailable (too
  // many unfinished).
  Result<Created> Create(const CaptureSpec& spec);

  // The capture that a request with this Idempotency-Key made in the last kIdempotencyKeyLife, if
  // any. Fails with kConflict if that was another request (another `request_key`).
  Result<std::optional<Capture>> FindByKey(const std::string& idempotency_key,
                                           const std::string& request_key);

  // Fails with kNotFound.
  Result<Capture> Get(const std::string& id);

  // Takes a queued or retrying capture to work on it: running, under an attempt number that nobody
  // had before. With `take_over`, one that is running as well: its worker died. Nothing if it is
  // not there to be taken.
  Result<std::optional<Capture>> Claim(const std::string& id, bool take_over = false);

  // The following change only a capture that is running at this very attempt; false if it is not,
  // which means that it was cancelled or deleted, and its files are nobody's.
  Result<bool> SetProgress(const std::string& id, int attempt, double progress);
  Result<bool> Complete(const std::string& id, int attempt, const CaptureResult& outcome);
  Result<bool> MarkFailed(const std::string& id, int attempt, const Error& error);
  Result<bool> MarkRetrying(const std::string& id, int attempt, const Error& error,
                            std::chrono::milliseconds delay);
  // Back to queued; this attempt does not count.
  Result<bool> Requeue(const std::string& id, int attempt);

  // Running, but nobody works on it: back to queued, or failed after kCrashesMax; one more death.
  // What it is now; nothing if it is not running at this attempt, or another is the leader.
  Result<std::optional<Capture>> RequeueOrphan(const std::string& id, int attempt,
                                               const Error& error, coord::Term term);

  // The epoch of the last leader.
  Result<coord::Term> LastTerm();
  // From here on, what leaders of older epochs write is refused. Fails with kConflict if there is
  // one of the same or a later epoch.
  Status BeginTerm(coord::Term term);

  // The thumbnail of a complete capture is there now; false if the capture is not (any more).
  Result<bool> SetHasThumbnail(const std::string& id);
  // A worker died at the poster of a complete clip: one more death. False if it lacks none.
  Result<bool> CountPosterCrash(const std::string& id);

  // Unfinished -> cancelled; cancelled stays so. Fails with kNotFound, or kConflict if it is over.
  Result<Capture> Cancel(const std::string& id);
  // Failed or cancelled -> queued, as if it had never been tried. Fails with kNotFound or
  // kConflict.
  Result<Capture> Retry(const std::string& id);

  // Hides the capture; its files can be removed now, and then the row (Forget). Fails with
  // kNotFound.
  Result<Capture> SoftDelete(const std::string& id);
  // With an epoch, only if that leader is still the last.
  Status Purge(const std::string& id, coord::Term term = coord::kNoTerm);

  // Captures that somebody should be working on: queued, or retrying and due; screenshots first, so
  // that any number of clips cannot hide one. At most `limit`.
  Result<std::vector<Capture>> ListDue(int64_t limit);
  // Clips that have been complete since then or later and lack their poster; the newest first.
  // Without those at which workers died more than kCrashesMax times.
  Result<std::vector<Capture>> ListWithoutPoster(int64_t limit, WallTime since);
  // Captures whose files wait to be removed.
  Result<std::vector<Capture>> ListDeleting(int64_t limit);
  // Captures that are running, or were when the program ended.
  Result<std::vector<Capture>> ListRunning(int64_t limit);
  // How many captures there are of each phase; a phase that has none may be missing.
  Result<std::map<Phase, int64_t>> CountByPhase();

 private:
  Result<Capture> Change(const sql::Query& query, const std::string& id, const char* refusal);
  Result<bool> Changes(const sql::Query& query, std::initializer_list<sql::Value> values);

  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace matinee::capture
