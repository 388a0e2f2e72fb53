#include "jobs/job_table.h"

#include <utility>

#include "base/strings.h"
#include "base/time_format.h"
#include "jobs/retry_policy.h"
#include "telemetry/log.h"

namespace matinee::jobs {
namespace {

constexpr const char* kAtThisAttempt = " WHERE id = $1 AND attempt = $2 AND phase = 'running'";

// Every column that the statements return.
std::string Columns(const JobTableSpec& spec) {
  return spec.columns.empty() ? JOB_STATE_COLUMNS : JOB_STATE_COLUMNS ", " + spec.columns;
}

// Whether a queued or retrying row is due at `now`. Each change of such a row sets its pause, so
// one that was changed in the future is from before the clock was set back; its time may be days
// away. The clocks of two processes differ by far less than a minute.
std::string IsDue(const std::string& now) {
  return "(retry_at IS NULL OR retry_at <= " + now + " OR updated_at - 60000000 > " + now + ")";
}

std::string And(const std::string& condition) {
  return condition.empty() ? "" : " AND (" + condition + ")";
}

// $1 id, $2 time, $3 due, $4 traceparent, then the own values.
std::string InsertText(const JobTableSpec& spec) {
  std::string columns;
  std::string values;
  if (!spec.columns.empty()) {
    columns = ", " + spec.columns;
    const size_t count = Split(spec.columns, ',').size();
    for (size_t i = 0; i < count; ++i) values += ", $" + std::to_string(5 + i);
  }
  return "INSERT INTO " + spec.table +
         " (id, phase, progress, attempt, tries, deaths, retry_at, traceparent, created_at,"
         " updated_at" +
         columns + ") VALUES ($1, 'queued', 0, 0, 0, 0, $3, $4, $2, $2" + values +
         ") ON CONFLICT (id) DO NOTHING RETURNING " + Columns(spec);
}

sql::Value CodeOf(const std::optional<Error>& error) {
  return error ? sql::Value(InfoOf(error->code).name) : sql::Value(nullptr);
}

sql::Value MessageOf(const std::optional<Error>& error) {
  return error ? sql::Value(EscapeUnprintable(error->message)) : sql::Value(nullptr);
}

}  // namespace

JobTable::Statement JobTable::Make(const char* name, const std::string& text) const {
  return {spec_.kind + "_" + name, text};
}

JobTable::JobTable(sql::Database& database, const Clock& clock, JobTableSpec spec)
    : database_(database),
      clock_(clock),
      spec_(std::move(spec)),
      insert_(Make("add", InsertText(spec_))),
      find_(Make("find", "SELECT " + Columns(spec_) + " FROM " + spec_.table + " WHERE id = $1")),
      // An attempt whose worker crashed counts as a crash and not as a try.
      claim_(Make("claim", "UPDATE " + spec_.table +
                               " SET phase = 'running', attempt = attempt + 1,"
                               " tries = tries + CASE WHEN phase = 'running' THEN 0 ELSE 1 END,"
                               " deaths = deaths + CASE WHEN phase = 'running' THEN 1 ELSE 0 END,"
                               " progress = 0, retry_at = NULL, updated_at = $2"
                               " WHERE id = $1 AND (phase = 'retrying'"
                               "   OR (phase = 'queued' AND " +
                               IsDue("$2") +
                               ")"
                               "   OR (phase = 'running' AND CAST($3 AS BIGINT) = 1))"
                               " AND attempt >= 0 AND tries >= 0 AND deaths >= 0"
                               " RETURNING " +
                               Columns(spec_))),
      set_progress_(Make("set_progress", "UPDATE " + spec_.table +
                                             " SET progress = $3, updated_at = $4" +
                                             kAtThisAttempt + " RETURNING id")),
      complete_(Make("complete", "UPDATE " + spec_.table +
                                     " SET phase = 'complete', progress = 1, error_code = NULL,"
                                     " error_message = NULL, updated_at = $3" +
                                     (spec_.complete.empty() ? "" : ", " + spec_.complete) +
                                     kAtThisAttempt + " RETURNING id")),
      mark_failed_(Make("fail", "UPDATE " + spec_.table +
                                    " SET phase = 'failed', progress = 0, error_code = $3,"
                                    " error_message = $4, updated_at = $5" +
                                    kAtThisAttempt + " RETURNING id")),
      mark_retrying_(
          Make("retry_later", "UPDATE " + spec_.table +
                                  " SET phase = 'retrying', progress = 0, error_code = $3,"
                                  " error_message = $4, retry_at = $5, updated_at = $6" +
                                  kAtThisAttempt + " RETURNING id")),
      requeue_(Make("requeue", "UPDATE " + spec_.table +
                                   " SET phase = 'queued', progress = 0, tries = tries - 1,"
                                   " updated_at = $3" +
                                   kAtThisAttempt + " RETURNING id")),
      reschedule_(
          Make("reschedule", "UPDATE " + spec_.table +
                                 " SET phase = 'queued', progress = 0, tries = 0, deaths = 0,"
                                 " error_code = $3, error_message = $4, retry_at = $5,"
                                 " updated_at = $6" +
                                 kAtThisAttempt + " RETURNING id")),
      requeue_orphan_(Make(
          "interrupted", "UPDATE " + spec_.table +
                             " SET phase = CASE WHEN deaths >= $5 THEN 'failed'"
                             " ELSE 'queued' END, deaths = deaths + 1, tries = tries - 1,"
                             " progress = 0, error_code = $3, error_message = $4,"
                             " updated_at = $6" +
                             kAtThisAttempt + OF_THIS_TERM("$7") + " RETURNING " + Columns(spec_))),
      cancel_(Make("cancel", "UPDATE " + spec_.table +
                                 " SET phase = 'cancelled', progress = 0,"
                                 " error_code = 'cancelled', error_message = 'It was cancelled.',"
                                 " updated_at = $2"
                                 " WHERE id = $1 AND phase IN ('queued', 'running', 'retrying')"
                                 " RETURNING " +
                                 Columns(spec_))),
      retry_(Make("retry", "UPDATE " + spec_.table +
                               " SET phase = 'queued', progress = 0, tries = 0, deaths = 0,"
                               " retry_at = NULL, error_code = NULL, error_message = NULL,"
                               " updated_at = $2" +
                               (spec_.retry.empty() ? "" : ", " + spec_.retry) +
                               " WHERE id = $1 AND phase IN ('failed', 'cancelled') RETURNING " +
                               Columns(spec_))),
      discard_(Make("discard", "DELETE FROM " + spec_.table +
                                   " WHERE id = $1 AND phase IN ('complete', 'failed',"
                                   " 'cancelled') RETURNING id")),
      list_due_(Make("due", "SELECT " + Columns(spec_) + " FROM " + spec_.table +
                                " WHERE phase IN ('queued', 'retrying') AND " + IsDue("$1") +
                                And(spec_.only) + " ORDER BY " + spec_.order + " LIMIT $2")),
      list_running_(Make("in_progress", "SELECT " + Columns(spec_) + " FROM " + spec_.table +
                                            " WHERE phase = 'running'" + And(spec_.only) +
                                            " ORDER BY created_at, id LIMIT $1")),
      list_(Make("list", "SELECT " + Columns(spec_) + " FROM " + spec_.table +
                             " WHERE phase <> 'deleting'"
                             " AND (CAST($1 AS TEXT) = '' OR phase = CAST($1 AS TEXT))" +
                             And(spec_.only) + " ORDER BY created_at DESC, id DESC LIMIT $2")),
      // Reads only the index of the column phase.
      count_(Make("count_by_phase", "SELECT phase, COUNT(*) FROM " + spec_.table + " WHERE 1 = 1" +
                                        And(spec_.only) + " GROUP BY phase")) {}

int64_t JobTable::Now() const {
  return ToMicros(clock_.Now());
}

Result<bool> JobTable::Changes(const Statement& statement, const Values& values) {
  TRY_ASSIGN(const sql::Rows rows, database_.RunGroupCommit(statement.query(), values));
  return !rows.empty();
}

Result<std::optional<sql::Row>> JobTable::ChangedRow(const Statement& statement,
                                                     const Values& values) {
  TRY_ASSIGN(sql::Rows rows, database_.RunGroupCommit(statement.query(), values));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::optional<sql::Row>> JobTable::Insert(const std::string& id, const Values& own,
                                                 std::optional<WallTime> due_at,
                                                 const std::string& traceparent) {
  Values values = {id, Now(), due_at ? sql::Value(ToMicros(*due_at)) : sql::Value(nullptr),
                   traceparent};
  values.insert(values.end(), own.begin(), own.end());
  return ChangedRow(insert_, values);
}

Result<std::optional<sql::Row>> JobTable::Find(const std::string& id) {
  TRY_ASSIGN(sql::Rows rows, database_.Run(find_.query(), {id}));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::optional<sql::Row>> JobTable::Claim(const std::string& id, bool take_over) {
  return ChangedRow(claim_, {id, Now(), take_over});
}

Result<bool> JobTable::SetProgress(const std::string& id, int attempt, double progress) {
  return Changes(set_progress_, {id, attempt, progress, Now()});
}

Result<bool> JobTable::Complete(const std::string& id, int attempt, const Values& own) {
  Values values = {id, attempt, Now()};
  values.insert(values.end(), own.begin(), own.end());
  return Changes(complete_, values);
}

Result<bool> JobTable::MarkFailed(const std::string& id, int attempt, const Error& error) {
  return Changes(mark_failed_, {id, attempt, CodeOf(error), MessageOf(error), Now()});
}

Result<bool> JobTable::MarkRetrying(const std::string& id, int attempt, const Error& error,
                                    std::chrono::milliseconds delay) {
  const WallTime now = clock_.Now();
  return Changes(mark_retrying_, {id, attempt, CodeOf(error), MessageOf(error),
                                  ToMicros(now + delay), ToMicros(now)});
}

Result<bool> JobTable::Requeue(const std::string& id, int attempt) {
  return Changes(requeue_, {id, attempt, Now()});
}

Result<bool> JobTable::Reschedule(const std::string& id, int attempt,
                                  std::chrono::milliseconds delay,
                                  const std::optional<Error>& error) {
  const WallTime now = clock_.Now();
  return Changes(reschedule_, {id, attempt, CodeOf(error), MessageOf(error), ToMicros(now + delay),
                               ToMicros(now)});
}

Result<std::optional<sql::Row>> JobTable::RequeueOrphan(const std::string& id, int attempt,
                                                        const Error& error, coord::Term term) {
  TRY_ASSIGN(sql::Rows rows,
             database_.Run(requeue_orphan_.query(), {id, attempt, CodeOf(error), MessageOf(error),
                                                     kCrashesMax, Now(), term}));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<sql::Row> JobTable::ChangeByUser(const Statement& statement, const std::string& id,
                                        const char* only, const char* verb) {
  TRY_ASSIGN(sql::Rows rows, database_.Run(statement.query(), {id, Now()}));
  if (!rows.empty()) return std::move(rows.front());
  TRY_ASSIGN(const sql::Row row, FindVisible(id));
  return Fail(Code::kConflict, std::string("only ") + only + " " + spec_.kind + " can be " + verb +
                                   "; it is " + row.Text(1));
}

// A deleting job is one that users do not see any more.
Result<sql::Row> JobTable::FindVisible(const std::string& id) {
  TRY_ASSIGN(std::optional<sql::Row> row, Find(id));
  if (row && row->Text(1) != ToString(Phase::kDeleting)) return *std::move(row);
  return Fail(Code::kNotFound, "there is no " + spec_.kind + " with this id");
}

Result<sql::Row> JobTable::Cancel(const std::string& id) {
  auto cancelled = ChangeByUser(cancel_, id, "an unfinished", "cancelled");
  if (cancelled || cancelled.error().code != Code::kConflict) return cancelled;
  TRY_ASSIGN(std::optional<sql::Row> row, Find(id));
  if (row && row->Text(1) == ToString(Phase::kCancelled)) return *std::move(row);
  return cancelled;
}

Result<sql::Row> JobTable::Retry(const std::string& id) {
  return ChangeByUser(retry_, id, "a failed or cancelled", "retried");
}

Status JobTable::Discard(const std::string& id) {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(discard_.query(), {id}));
  if (!rows.empty()) return {};
  TRY_ASSIGN(const sql::Row row, FindVisible(id));
  return Fail(Code::kConflict,
              "only a " + spec_.kind + " that has ended can be discarded; it is " + row.Text(1));
}

Result<sql::Rows> JobTable::ListDue(int64_t limit) {
  return database_.Run(list_due_.query(), {Now(), limit});
}

Result<sql::Rows> JobTable::ListRunning(int64_t limit) {
  return database_.Run(list_running_.query(), {limit});
}

Result<sql::Rows> JobTable::List(std::optional<Phase> phase, int64_t limit) {
  return database_.Run(list_.query(), {phase ? ToString(*phase) : "", limit});
}

Result<std::map<Phase, int64_t>> JobTable::CountByPhase() {
  TRY_ASSIGN(const sql::Rows rows, database_.Run(count_.query(), {}));
  std::map<Phase, int64_t> counts;
  for (const sql::Row& row : rows) {
    if (const auto phase = PhaseFromString(row.Text(0))) {
      counts[*phase] = row.Int(1);
    } else {
      Log(Severity::kError, "jobs", "rows with an unknown phase are not counted",
          {{"table", spec_.table}, {"phase", row.Text(0)}, {"rows", row.Int(1)}});
    }
  }
  return counts;
}

}  // namespace matinee::jobs
