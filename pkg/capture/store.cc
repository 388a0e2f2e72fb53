#include "capture/store.h"

#include "base/ids.h"
#include "base/strings.h"
#include "base/time_format.h"
#include "capture/capture_row.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

using sql::Query;

constexpr Query kCountUnfinished{
    "capture_count_unfinished",
    "SELECT COUNT(*) FROM captures WHERE phase IN ('queued', 'running', 'retrying')"};

constexpr Query kFindByKey{"capture_find_by_key",
                           "SELECT " CAPTURE_COLUMNS
                           " FROM captures WHERE idempotency_key = $1 AND created_at >= $2"};

// The index holds each key once, so an expired key is removed before the key is used again.
constexpr Query kExpireKey{"capture_expire_key",
                           "UPDATE captures SET idempotency_key = NULL"
                           " WHERE idempotency_key = $1 AND created_at < $2"};

// The same session, type and options within kSameRequestWithin, and the same time: either within
// kSameMomentSeconds of the item, or with the same time of the tap from the client (then the
// requests are equal to the letter, and only the extrapolated position has moved).
constexpr Query kFindSame{
    "capture_find_same",
    "SELECT " CAPTURE_COLUMNS
    " FROM captures WHERE session_id = $1 AND capture_type = $2 AND precise = $3"
    " AND created_at >= $4 AND idempotency_key IS NULL AND phase NOT IN ('cancelled', 'deleting')"
    " AND ((ABS(requested_start_seconds - CAST($5 AS DOUBLE PRECISION)) <= $6"
    "       AND ABS(COALESCE(requested_end_seconds, 0) - CAST($7 AS DOUBLE PRECISION)) <= $6)"
    "      OR (at_given = 1 AND request_key = $8))"
    " ORDER BY created_at DESC LIMIT 1"};

constexpr Query kInsert{
    "capture_insert",
    "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
    " part_start_seconds, audio_stream_index, capture_type, precise, requested_start_seconds,"
    " requested_end_seconds, idempotency_key, request_key, at_given, timestamp_seconds,"
    " duration_seconds, file_name, file_size_bytes, has_thumbnail, phase, progress, attempt,"
    " tries, traceparent, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $11, $16, $17,"
    " 0, 0, 'queued', 0, 0, 0, $18, $19, $19) RETURNING " CAPTURE_COLUMNS};

constexpr Query kGet{"capture_get", "SELECT " CAPTURE_COLUMNS
                                    " FROM captures WHERE id = $1 AND phase <> 'deleting'"};

// An attempt whose worker crashed counts as a crash and not as a try.
constexpr Query kClaim{"capture_claim",
                       "UPDATE captures SET phase = 'running', attempt = attempt + 1,"
                       " tries = tries + CASE WHEN phase = 'running' THEN 0 ELSE 1 END,"
                       " deaths = deaths + CASE WHEN phase = 'running' THEN 1 ELSE 0 END,"
                       " progress = 0, retry_at = NULL, updated_at = $2"
                       " WHERE id = $1 AND (phase IN ('queued', 'retrying')"
                       "   OR (phase = 'running' AND CAST($3 AS BIGINT) = 1))"
                       " RETURNING " CAPTURE_COLUMNS};

constexpr Query kSetProgress{"capture_set_progress",
                             "UPDATE captures SET progress = $3, updated_at = $4"
                             " WHERE id = $1 AND attempt = $2 AND phase = 'running' RETURNING id"};

constexpr Query kComplete{
    "capture_complete",
    "UPDATE captures SET phase = 'complete', progress = 1, timestamp_seconds = $3,"
    " duration_seconds = $4, file_size_bytes = $5, width = $6, height = $7, has_thumbnail = $8,"
    " file_name = $9, error_code = NULL, error_message = NULL, updated_at = $10"
    " WHERE id = $1 AND attempt = $2 AND phase = 'running' RETURNING id"};

constexpr Query kSetHasThumbnail{"capture_set_has_thumbnail",
                                 "UPDATE captures SET has_thumbnail = 1, updated_at = $2"
                                 " WHERE id = $1 AND phase = 'complete' RETURNING id"};

constexpr Query kCountPosterCrash{"capture_poster_interrupted",
                                  "UPDATE captures SET deaths = deaths + 1, updated_at = $2"
                                  " WHERE id = $1 AND phase = 'complete' AND has_thumbnail = 0"
                                  " AND capture_type = 'clip' RETURNING id"};

// Guards the writes of a leader: they change nothing once a later term has begun.
#define OF_THIS_TERM(term) \
  " AND EXISTS (SELECT 1 FROM leadership WHERE epoch = CAST(" term " AS BIGINT))"

constexpr Query kRequeueOrphan{
    "capture_interrupted",
    "UPDATE captures SET phase = CASE WHEN deaths >= $5 THEN 'failed' ELSE 'queued' END,"
    " deaths = deaths + 1, tries = tries - 1, progress = 0, error_code = $3, error_message = $4,"
    " updated_at = $6 WHERE id = $1 AND attempt = $2 AND phase = 'running'" OF_THIS_TERM(
        "$7") " RETURNING " CAPTURE_COLUMNS};

constexpr Query kLastTerm{"leadership_epoch", "SELECT epoch FROM leadership WHERE id = 1"};

constexpr Query kBeginTerm{"leadership_begin",
                           "UPDATE leadership SET epoch = $1 WHERE id = 1 AND epoch < $1"
                           " RETURNING epoch"};

constexpr Query kMarkFailed{
    "capture_fail",
    "UPDATE captures SET phase = 'failed', progress = 0, error_code = $3, error_message = $4,"
    " updated_at = $5 WHERE id = $1 AND attempt = $2 AND phase = 'running' RETURNING id"};

constexpr Query kMarkRetrying{
    "capture_retry_later",
    "UPDATE captures SET phase = 'retrying', progress = 0, error_code = $3, error_message = $4,"
    " retry_at = $5, updated_at = $6"
    " WHERE id = $1 AND attempt = $2 AND phase = 'running' RETURNING id"};

constexpr Query kRequeue{
    "capture_hand_back",
    "UPDATE captures SET phase = 'queued', progress = 0, tries = tries - 1, updated_at = $3"
    " WHERE id = $1 AND attempt = $2 AND phase = 'running' RETURNING id"};

constexpr Query kCancel{
    "capture_cancel",
    "UPDATE captures SET phase = 'cancelled', progress = 0, error_code = 'cancelled',"
    " error_message = 'It was cancelled.', updated_at = $2"
    " WHERE id = $1 AND phase IN ('queued', 'running', 'retrying')"
    " RETURNING " CAPTURE_COLUMNS};

constexpr Query kRetry{"capture_retry",
                       "UPDATE captures SET phase = 'queued', progress = 0, tries = 0, deaths = 0,"
                       " error_code = NULL, error_message = NULL, updated_at = $2"
                       " WHERE id = $1 AND phase IN ('failed', 'cancelled')"
                       " RETURNING " CAPTURE_COLUMNS};

constexpr Query kSoftDelete{"capture_mark_deleting",
                            "UPDATE captures SET phase = 'deleting', idempotency_key = NULL,"
                            " updated_at = $2 WHERE id = $1 AND phase <> 'deleting'"
                            " RETURNING " CAPTURE_COLUMNS};

constexpr Query kPurge{"capture_forget",
                       "DELETE FROM captures WHERE id = $1 AND phase = 'deleting'"};

constexpr Query kPurgeAsLeader{
    "capture_forget_as_leader",
    "DELETE FROM captures WHERE id = $1 AND phase = 'deleting'" OF_THIS_TERM("$2")};

constexpr Query kListDue{"capture_due", "SELECT " CAPTURE_COLUMNS
                                        " FROM captures WHERE phase = 'queued'"
                                        " OR (phase = 'retrying' AND retry_at <= $1)"
                                        " ORDER BY capture_type DESC, created_at, id LIMIT $2"};

constexpr Query kListWithoutPoster{"capture_without_poster",
                                   "SELECT " CAPTURE_COLUMNS
                                   " FROM captures WHERE phase = 'complete' AND has_thumbnail = 0"
                                   " AND capture_type = 'clip' AND deaths <= $2"
                                   " AND updated_at >= $3"
                                   " ORDER BY created_at DESC, id DESC LIMIT $1"};

constexpr Query kListDeleting{
    "capture_deleting", "SELECT " CAPTURE_COLUMNS
                        " FROM captures WHERE phase = 'deleting' ORDER BY created_at, id LIMIT $1"};

constexpr Query kListRunning{
    "capture_in_progress",
    "SELECT " CAPTURE_COLUMNS
    " FROM captures WHERE phase = 'running' ORDER BY created_at, id LIMIT $1"};

// Reads only the index captures_phase.
constexpr Query kCountByPhase{"capture_count_by_phase",
                              "SELECT phase, COUNT(*) FROM captures GROUP BY phase"};

sql::Value TextOrNull(const std::string& text) {
  return text.empty() ? sql::Value(nullptr) : sql::Value(text);
}

// Keys of captures that were created before this have expired.
int64_t OldestKey(const Clock& clock) {
  return ToMicros(clock.Now()) - Micros(kIdempotencyKeyLife).count();
}

Result<std::optional<Capture>> FindKey(sql::Session& session, const Clock& clock,
                                       const std::string& idempotency_key,
                                       const std::string& request_key) {
  TRY_ASSIGN(const sql::Rows rows, session.Run(kFindByKey, {idempotency_key, OldestKey(clock)}));
  if (rows.empty()) return std::nullopt;
  TRY_ASSIGN(Capture found, FromRow(rows.front()));
  if (found.spec.request_key != request_key) {
    return Fail(Code::kConflict,
                "this Idempotency-Key was used for another request; use a new one for each tap");
  }
  return found;
}

Result<std::optional<Capture>> FindSame(sql::Session& session, const Clock& clock,
                                        const CaptureSpec& spec) {
  const int64_t oldest = ToMicros(clock.Now()) - Micros(kSameRequestWithin).count();
  TRY_ASSIGN(const sql::Rows rows,
             session.Run(kFindSame, {spec.session_id, ToString(spec.type), spec.precise, oldest,
                                     spec.start_seconds, kSameMomentSeconds,
                                     spec.end_seconds.value_or(0.0), spec.request_key}));
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

}  // namespace

Result<Store::Created> Store::Create(const CaptureSpec& spec) {
  Created created;
  const Status stored = database_.Transact([&](sql::Session& session) -> Status {
    TRY_ASSIGN(std::optional<Capture> same,
               spec.idempotency_key.empty()
                   ? FindSame(session, clock_, spec)
                   : FindKey(session, clock_, spec.idempotency_key, spec.request_key));
    if (same) {
      created.capture = *std::move(same);
      return {};
    }
    TRY_ASSIGN(const sql::Rows counted, session.Run(kCountUnfinished, {}));
    if (counted.front().Int(0) >= kUnfinishedMax) {
      return Fail(Code::kUnavailable, "too many captures are waiting; try again in a while");
    }
    if (!spec.idempotency_key.empty()) {
      TRY(session.Run(kExpireKey, {spec.idempotency_key, OldestKey(clock_)}));
    }
    const std::string id = NewId(clock_);
    const auto duration = spec.end_seconds
                              ? std::optional<double>(*spec.end_seconds - spec.start_seconds)
                              : std::nullopt;
    TRY_ASSIGN(
        const sql::Rows rows,
        session.Run(kInsert,
                    {id, spec.source, spec.server, spec.session_id, spec.media_title,
                     EncodePath(spec.media_path), spec.part_start_seconds, spec.audio_stream_index,
                     ToString(spec.type), spec.precise, spec.start_seconds, spec.end_seconds,
                     TextOrNull(spec.idempotency_key), spec.request_key, spec.at_given, duration,
                     FileName(id, spec.type, 1), spec.traceparent, ToMicros(clock_.Now())}));
    TRY_ASSIGN(created.capture, FromRow(rows.front()));
    created.is_new = true;
    return {};
  });
  if (!stored) return Fail(stored.error());
  return created;
}

Result<std::optional<Capture>> Store::FindByKey(const std::string& idempotency_key,
                                                const std::string& request_key) {
  return FindKey(database_, clock_, idempotency_key, request_key);
}

Result<Capture> Store::Get(const std::string& id) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kGet, {id}));
  if (rows.empty()) return Fail(Code::kNotFound, "there is no capture with this id");
  return FromRow(rows.front());
}

Result<std::optional<Capture>> Store::Claim(const std::string& id, bool take_over) {
  TRY_ASSIGN(const sql::Rows rows,
             database_.RunGroupCommit(kClaim, {id, ToMicros(clock_.Now()), take_over}));
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

Result<bool> Store::Changes(const Query& query, std::initializer_list<sql::Value> values) {
  TRY_ASSIGN(const sql::Rows rows, database_.RunGroupCommit(query, values));
  return !rows.empty();
}

Result<bool> Store::SetProgress(const std::string& id, int attempt, double progress) {
  return Changes(kSetProgress, {id, attempt, progress, ToMicros(clock_.Now())});
}

Result<bool> Store::Complete(const std::string& id, int attempt, const CaptureResult& result) {
  return Changes(kComplete, {id, attempt, result.timestamp_seconds, result.duration_seconds,
                             result.file_size_bytes, result.width, result.height,
                             result.has_thumbnail, result.file_name, ToMicros(clock_.Now())});
}

Result<bool> Store::MarkFailed(const std::string& id, int attempt, const Error& error) {
  return Changes(kMarkFailed, {id, attempt, InfoOf(error.code).name,
                               EscapeUnprintable(error.message), ToMicros(clock_.Now())});
}

Result<bool> Store::MarkRetrying(const std::string& id, int attempt, const Error& error,
                                 std::chrono::milliseconds delay) {
  const WallTime now = clock_.Now();
  return Changes(kMarkRetrying,
                 {id, attempt, InfoOf(error.code).name, EscapeUnprintable(error.message),
                  ToMicros(now + delay), ToMicros(now)});
}

Result<bool> Store::Requeue(const std::string& id, int attempt) {
  return Changes(kRequeue, {id, attempt, ToMicros(clock_.Now())});
}

Result<std::optional<Capture>> Store::RequeueOrphan(const std::string& id, int attempt,
                                                    const Error& error, coord::Term term) {
  TRY_ASSIGN(const sql::Rows rows,
             database_.Run(kRequeueOrphan, {id, attempt, InfoOf(error.code).name, error.message,
                                            kCrashesMax, ToMicros(clock_.Now()), term}));
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

Result<coord::Term> Store::LastTerm() {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kLastTerm, {}));
  if (rows.empty()) return Fail(Code::kInternal, "the table leadership is empty");
  return rows.front().Int(0);
}

Status Store::BeginTerm(coord::Term term) {
  TRY_ASSIGN(const bool begun, Changes(kBeginTerm, {term}));
  if (begun) return {};
  return Fail(Code::kConflict, "another process is the leader now");
}

Result<bool> Store::SetHasThumbnail(const std::string& id) {
  return Changes(kSetHasThumbnail, {id, ToMicros(clock_.Now())});
}

Result<bool> Store::CountPosterCrash(const std::string& id) {
  return Changes(kCountPosterCrash, {id, ToMicros(clock_.Now())});
}

Result<Capture> Store::Change(const Query& query, const std::string& id, const char* refusal) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(query, {id, ToMicros(clock_.Now())}));
  if (!rows.empty()) return FromRow(rows.front());
  TRY_ASSIGN(const Capture capture, Get(id));
  return Fail(Code::kConflict,
              std::string(refusal) + "; it is " + std::string(ToString(capture.phase)));
}

Result<Capture> Store::Cancel(const std::string& id) {
  auto cancelled = Change(kCancel, id, "only an unfinished capture can be cancelled");
  if (cancelled || cancelled.error().code != Code::kConflict) return cancelled;
  TRY_ASSIGN(Capture capture, Get(id));
  if (capture.phase == Phase::kCancelled) return capture;
  return cancelled;
}

Result<Capture> Store::Retry(const std::string& id) {
  return Change(kRetry, id, "only a failed or cancelled capture can be retried");
}

Result<Capture> Store::SoftDelete(const std::string& id) {
  return Change(kSoftDelete, id, "it cannot be deleted");
}

Status Store::Purge(const std::string& id, coord::Term term) {
  if (term == coord::kNoTerm) {
    TRY(database_.Run(kPurge, {id}));
  } else {
    TRY(database_.Run(kPurgeAsLeader, {id, term}));
  }
  return {};
}

Result<std::vector<Capture>> Store::ListDue(int64_t limit) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kListDue, {ToMicros(clock_.Now()), limit}));
  return FromRows(rows);
}

Result<std::vector<Capture>> Store::ListWithoutPoster(int64_t limit, WallTime since) {
  TRY_ASSIGN(const sql::Rows rows,
             database_.Run(kListWithoutPoster, {limit, kCrashesMax, ToMicros(since)}));
  return FromRows(rows);
}

Result<std::vector<Capture>> Store::ListDeleting(int64_t limit) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kListDeleting, {limit}));
  return FromRows(rows);
}

Result<std::vector<Capture>> Store::ListRunning(int64_t limit) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kListRunning, {limit}));
  return FromRows(rows);
}

Result<std::map<Phase, int64_t>> Store::CountByPhase() {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kCountByPhase, {}));
  std::map<Phase, int64_t> counts;
  for (const sql::Row& row : rows) {
    if (const auto phase = PhaseFromString(row.Text(0))) {
      counts[*phase] = row.Int(1);
    } else {
      Log(Severity::kError, "capture", "rows with an unknown phase are not counted",
          {{"phase", row.Text(0)}, {"rows", row.Int(1)}});
    }
  }
  return counts;
}

}  // namespace matinee::capture
