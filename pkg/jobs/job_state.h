// The state of a job, from the row to its end. Each kind of job has a table with these columns, and
// columns of its subject beside them.
//
//            +--> cancelled <--+
//            |                 |
//   queued --+--> running -----+--> complete
//     ^             | ^  |
//     |   (crash)   | |  +--> failed
//     +-------------+ |
//            retrying-+
//
// Thread safety: plain values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "sql/database.h"

// The columns of the state in SELECT and RETURNING lists. Macros, because a query's text is one
// literal. The column `deaths` counts crashes; its name is that of 0.1.0.
#define JOB_STATE_COLUMNS                                                              \
  "id, phase, progress, attempt, tries, deaths, retry_at, error_code, error_message, " \
  "traceparent, created_at, updated_at"

// The same columns in CREATE TABLE. Schemas that are released contain this text, so it never
// changes: a new column is a new step.
#define JOB_STATE_SCHEMA                                                                \
  "id TEXT PRIMARY KEY,\n"                                                              \
  "phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'retrying', 'complete',\n" \
  "                                     'failed', 'cancelled', 'deleting')),\n"         \
  "progress DOUBLE PRECISION NOT NULL,\n"                                               \
  "attempt BIGINT NOT NULL,\n"                                                          \
  "tries BIGINT NOT NULL,\n"                                                            \
  "deaths BIGINT NOT NULL,\n"                                                           \
  "retry_at BIGINT,\n"                                                                  \
  "error_code TEXT,\n"                                                                  \
  "error_message TEXT,\n"                                                               \
  "traceparent TEXT NOT NULL,\n"                                                        \
  "created_at BIGINT NOT NULL,\n"                                                       \
  "updated_at BIGINT NOT NULL"

// The step of a schema that makes the table of a kind: the columns of the state, the kind's own
// ("" or ",\nnote TEXT NOT NULL"), and the index that the reconciler and the counts read.
#define CREATE_JOB_TABLE(table, own_columns)                \
  "CREATE TABLE " table " (\n" JOB_STATE_SCHEMA own_columns \
  "\n);\n"                                                  \
  "CREATE INDEX " table "_phase ON " table " (phase);\n"

namespace matinee::jobs {

// The number of JOB_STATE_COLUMNS: a kind's own columns come after them.
inline constexpr size_t kJobStateColumns = 12;

// kDeleting: the row only waits until what belongs to it is removed; no user sees it any more.
enum class Phase { kQueued, kRunning, kRetrying, kComplete, kFailed, kCancelled, kDeleting };
inline constexpr std::array kPhases = {Phase::kQueued,   Phase::kRunning, Phase::kRetrying,
                                       Phase::kComplete, Phase::kFailed,  Phase::kCancelled,
                                       Phase::kDeleting};
std::string_view ToString(Phase phase);  // "queued", ... as in the database and in JSON
std::optional<Phase> PhaseFromString(std::string_view text);

// Returns whether the phase changes only by a request from outside.
bool IsTerminal(Phase phase);

struct JobState {
  std::string id;
  Phase phase = Phase::kQueued;
  double progress = 0;  // 0 to 1 while running.
  // The number of claims of this row. It never goes back, so it is the fencing token of each write.
  int attempt = 0;
  int tries = 0;                   // Attempts that count towards kTriesMax, this one included.
  int crashes = 0;                 // Attempts whose worker crashed; see kCrashesMax.
  std::optional<WallTime> due_at;  // A queued or retrying job does not run before.
  std::optional<Error> error;      // Why it failed, or why it is retried.
  std::string traceparent;         // Of the request (W3C Trace Context); empty if it is not traced.
  WallTime created_at;
  WallTime updated_at;
};

// Reads JOB_STATE_COLUMNS, the first columns of `row`. Fails with kInternal, naming the table, the
// row and the column, if the row holds a phase that does not exist, or a negative count.
Result<JobState> JobStateFromRow(const sql::Row& row, std::string_view table);

// The error of a value that this program never writes. `row` begins with its id.
tl::unexpected<Error> CorruptRow(const sql::Row& row, std::string_view table,
                                 std::string_view column, const std::string& value);

}  // namespace matinee::jobs
