#include "capture/store.h"

#include "base/ids.h"
#include "base/strings.h"
#include "base/time_format.h"
#include "capture/capture_row.h"
#include "capture/queues.h"

namespace matinee::capture {
namespace {

using sql::Query;

#define UNFINISHED "phase IN ('queued', 'running', 'retrying')"

// Of all clients, of the client $1, and of those the ones of the type $2.
constexpr Query kCountUnfinished{"capture_count_unfinished",
                                 "SELECT COUNT(*), COUNT(CASE WHEN client = $1 THEN 1 END),"
                                 " COUNT(CASE WHEN client = $1 AND capture_type = $2 THEN 1 END)"
                                 " FROM captures WHERE " UNFINISHED};

// A capture that is retried gets its place in the queues as a new one of its client would.
constexpr const char* kBulkOnRetry =
    "bulk = CASE WHEN client <> '' AND (SELECT COUNT(*) FROM captures AS other"
    " WHERE other.client = captures.client AND other.capture_type = captures.capture_type"
    " AND other." UNFINISHED ") >= ";

constexpr Query kFindByKey{"capture_find_by_key",
                           "SELECT " CAPTURE_COLUMNS
                           " FROM captures WHERE idempotency_key = $1 AND created_at >= $2"};

// The index holds each key once, so an expired key is removed before the key is used again.
constexpr Query kExpireKey{"capture_expire_key",
                           "UPDATE captures SET idempotency_key = NULL"
                           " WHERE idempotency_key = $1 AND created_at < $2"};

// The same session, type and options within kSameRequestWithin, and the same time: either within
// kSameMomentSeconds of the item, or with the same time of the tap from the client (then the
// requests are equal to the letter, and only the extrapolated position has moved). Not one that
// waits in bulk for another client, and none of the future: then the clock was set back.
constexpr Query kFindSame{
    "capture_find_same",
    "SELECT " CAPTURE_COLUMNS
    " FROM captures WHERE session_id = $1 AND capture_type = $2 AND precise = $3"
    " AND created_at BETWEEN $4 AND $9 AND idempotency_key IS NULL"
    " AND phase NOT IN ('cancelled', 'deleting')"
    " AND (bulk = 0 OR phase = 'complete' OR client = $10)"
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
    " tries, traceparent, created_at, updated_at, client, bulk)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $11, $16, $17,"
    " 0, 0, 'queued', 0, 0, 0, $18, $19, $19, $20, $21) RETURNING " CAPTURE_COLUMNS};

constexpr Query kGet{"capture_get", "SELECT " CAPTURE_COLUMNS
                                    " FROM captures WHERE id = $1 AND phase <> 'deleting'"};

constexpr Query kSetHasThumbnail{"capture_set_has_thumbnail",
                                 "UPDATE captures SET has_thumbnail = 1, updated_at = $2"
                                 " WHERE id = $1 AND phase = 'complete' RETURNING id"};

constexpr Query kSoftDelete{"capture_mark_deleting",
                            "UPDATE captures SET phase = 'deleting', idempotency_key = NULL,"
                            " updated_at = $2 WHERE id = $1 AND phase <> 'deleting'"
                            " RETURNING " CAPTURE_COLUMNS};

constexpr Query kPurge{"capture_forget",
                       "DELETE FROM captures WHERE id = $1 AND phase = 'deleting'"};

constexpr Query kPurgeAsLeader{
    "capture_forget_as_leader",
    "DELETE FROM captures WHERE id = $1 AND phase = 'deleting'" OF_THIS_TERM("$2")};

constexpr Query kPurgePoster{"poster_forget",
                             "DELETE FROM posters WHERE id = $1"
                             " AND NOT EXISTS (SELECT 1 FROM captures WHERE id = $1)"};

// Reads only the index captures_without_thumbnail.
constexpr Query kListWithoutPoster{
    "capture_without_poster",
    "SELECT " CAPTURE_COLUMNS
    " FROM captures WHERE has_thumbnail = 0 AND phase = 'complete' AND capture_type = 'clip'"
    " AND NOT EXISTS (SELECT 1 FROM posters WHERE posters.id = captures.id)"
    " ORDER BY created_at DESC, id DESC LIMIT $1"};

constexpr Query kListDeleting{
    "capture_deleting", "SELECT " CAPTURE_COLUMNS
                        " FROM captures WHERE phase = 'deleting' ORDER BY created_at, id LIMIT $1"};

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
  const int64_t now = ToMicros(clock.Now());
  const int64_t within = Micros(kSameRequestWithin).count();
  TRY_ASSIGN(const sql::Rows rows,
             session.Run(kFindSame,
                         {spec.session_id, ToString(spec.type), spec.precise, now - within,
                          spec.start_seconds, kSameMomentSeconds, spec.end_seconds.value_or(0.0),
                          spec.request_key, now + within, spec.client}));
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

// Returns whether a new capture is queued in bulk, or why it is refused.
Result<bool> FindPlace(sql::Session& session, const CaptureSpec& spec) {
  TRY_ASSIGN(const sql::Rows counted,
             session.Run(kCountUnfinished, {spec.client, ToString(spec.type)}));
  const sql::Row& counts = counted.front();
  if (counts.Int(0) >= kUnfinishedMax) {
    return Fail(Code::kUnavailable, "too many captures are waiting; try again in a while");
  }
  if (spec.client.empty()) return false;
  if (counts.Int(1) >= kUnfinishedOfClientMax) {
    return Fail(Code::kTooManyRequests, std::to_string(kUnfinishedOfClientMax) +
                                            " captures of this client are waiting already; try "
                                            "again when some of them are finished");
  }
  return counts.Int(2) >= kFairShare;
}

}  // namespace

Store::Store(sql::Database& database, const Clock& clock)
    : database_(database),
      clock_(clock),
      jobs_(database, clock,
            {.kind = kCaptureKind,
             .table = kCapturesTable,
             .columns = CAPTURE_OWN_COLUMNS,
             .complete = "timestamp_seconds = $4, duration_seconds = $5, file_size_bytes = $6,"
                         " width = $7, height = $8, has_thumbnail = $9, file_name = $10,"
                         " client = ''",
             .retry = kBulkOnRetry + std::to_string(kFairShare) + " THEN 1 ELSE 0 END",
             // Screenshots first, so that any number of clips cannot hide one.
             .order = "capture_type DESC, created_at, id"}) {}

jobs::Values ValuesOf(const CaptureResult& result) {
  return {result.timestamp_seconds,
          result.duration_seconds,
          result.file_size_bytes,
          result.width,
          result.height,
          result.has_thumbnail,
          result.file_name};
}

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
    TRY_ASSIGN(const bool bulk, FindPlace(session, spec));
    if (!spec.idempotency_key.empty()) {
      TRY(session.Run(kExpireKey, {spec.idempotency_key, OldestKey(clock_)}));
    }
    const std::string id = NewId(clock_);
    const auto duration = spec.end_seconds
                              ? std::optional<double>(*spec.end_seconds - spec.start_seconds)
                              : std::nullopt;
    TRY_ASSIGN(const sql::Rows rows, session.Run(kInsert, {id,
                                                           spec.source,
                                                           spec.server,
                                                           spec.session_id,
                                                           spec.media_title,
                                                           EncodePath(spec.media_path),
                                                           spec.part_start_seconds,
                                                           spec.audio_stream_index,
                                                           ToString(spec.type),
                                                           spec.precise,
                                                           spec.start_seconds,
                                                           spec.end_seconds,
                                                           TextOrNull(spec.idempotency_key),
                                                           spec.request_key,
                                                           spec.at_given,
                                                           duration,
                                                           FileName(id, spec.type, 1),
                                                           spec.traceparent,
                                                           ToMicros(clock_.Now()),
                                                           spec.client,
                                                           bulk}));
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

Result<bool> Store::SetHasThumbnail(const std::string& id) {
  TRY_ASSIGN(const sql::Rows rows,
             database_.RunGroupCommit(kSetHasThumbnail, {id, ToMicros(clock_.Now())}));
  return !rows.empty();
}

Result<Capture> Store::Cancel(const std::string& id) {
  TRY_ASSIGN(const sql::Row row, jobs_.Cancel(id));
  return FromRow(row);
}

Result<Capture> Store::Retry(const std::string& id) {
  TRY_ASSIGN(const sql::Row row, jobs_.Retry(id));
  return FromRow(row);
}

Result<Capture> Store::SoftDelete(const std::string& id) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kSoftDelete, {id, ToMicros(clock_.Now())}));
  if (rows.empty()) return Fail(Code::kNotFound, "there is no capture with this id");
  return FromRow(rows.front());
}

Status Store::Purge(const std::string& id, coord::Term term) {
  return database_.Transact([&](sql::Session& session) -> Status {
    if (term == coord::kNoTerm) {
      TRY(session.Run(kPurge, {id}));
    } else {
      TRY(session.Run(kPurgeAsLeader, {id, term}));
    }
    TRY(session.Run(kPurgePoster, {id}));
    return {};
  });
}

Result<std::vector<Capture>> Store::ListWithoutPoster(int64_t limit) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kListWithoutPoster, {limit}));
  return FromRows(rows);
}

Result<std::vector<Capture>> Store::ListDeleting(int64_t limit) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(kListDeleting, {limit}));
  return FromRows(rows);
}

}  // namespace matinee::capture
