// The store of captures: rows are the truth about what was requested and what came of it. Their
// state as jobs changes through jobs().
//
// Thread safety: all methods may be called from any thread; each is one statement or transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "capture/capture.h"
#include "coord/term.h"
#include "jobs/job_table.h"
#include "sql/database.h"

namespace matinee::capture {

// Unfinished captures at once. A household taps a few times a minute; above this something is
// wrong, and an error is better than a queue of hours.
constexpr int64_t kUnfinishedMax = 1000;
// Unfinished captures of one client: a person marks a few dozen moments of a movie. The rest is for
// the others.
constexpr int64_t kUnfinishedOfClientMax = 500;
// A client with this many unfinished captures of a type queues further ones of it in bulk: they
// wait behind those of clients with fewer. A person who taps rarely has more than that in the
// making.
constexpr int64_t kFairShare = 4;
// Two equal requests without a key within this time are one...
constexpr std::chrono::seconds kSameRequestWithin{2};
// ...if their times in the item differ by at most this.
constexpr double kSameMomentSeconds = 0.1;
// How long an Idempotency-Key is valid.
constexpr std::chrono::hours kIdempotencyKeyLife{24};

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
  Store(sql::Database& database, const Clock& clock);

  // The state of the captures as jobs. The rows that it returns are for FromRow.
  jobs::JobTable& jobs() { return jobs_; }

  struct Created {
    Capture capture;
    bool is_new = false;  // False: the same request created it before.
  };
  // Inserts the row of a new capture, queued; or returns the one that the same request created
  // before. Fails with kConflict (the Idempotency-Key was used for another request),
  // kTooManyRequests (too many unfinished ones of this client) and kUnavailable (of all).
  Result<Created> Create(const CaptureSpec& spec);

  // Returns the capture that a request with this Idempotency-Key created in the last
  // kIdempotencyKeyLife, if any. Fails with kConflict if that was another request (another
  // `request_key`).
  Result<std::optional<Capture>> FindByKey(const std::string& idempotency_key,
                                           const std::string& request_key);

  // Fails with kNotFound.
  Result<Capture> Get(const std::string& id);

  // Records that the thumbnail exists; returns false if the capture is not complete (any more).
  Result<bool> SetHasThumbnail(const std::string& id);
  // Cancels an unfinished capture; a cancelled one stays so. Fails with kNotFound, or kConflict if
  // it is complete or failed.
  Result<Capture> Cancel(const std::string& id);
  // Requeues a failed or cancelled capture, with all counts but `attempt` at 0; in bulk, if its
  // client has its fair share queued already. Fails with kNotFound or kConflict.
  Result<Capture> Retry(const std::string& id);

  // Hides the capture; its files can be removed now, and then the row (Purge). Fails with
  // kNotFound.
  Result<Capture> SoftDelete(const std::string& id);
  // Deletes the row of a deleting capture, and that of its poster; with a term, only if that is
  // still the last one.
  Status Purge(const std::string& id, coord::Term term = coord::kNoTerm);

  // Lists complete clips without a poster that have no job of the kind `poster`. At most `limit`.
  Result<std::vector<Capture>> ListWithoutPoster(int64_t limit);
  // Lists captures whose files must be removed. Corrupt rows are left out, and logged.
  Result<std::vector<Capture>> ListDeleting(int64_t limit);

 private:
  sql::Database& database_;
  const Clock& clock_;
  jobs::JobTable jobs_;
};

// The own values of JobTable::Complete for a capture.
jobs::Values ValuesOf(const CaptureResult& result);

}  // namespace matinee::capture
