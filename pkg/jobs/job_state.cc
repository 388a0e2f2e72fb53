#include "jobs/job_state.h"

#include <cstdint>
#include <limits>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::jobs {
namespace {

Result<int> CountFrom(const sql::Row& row, size_t column, std::string_view table,
                      std::string_view name) {
  const int64_t value = row.Int(column);
  if (value < 0 || value > std::numeric_limits<int>::max()) {
    return CorruptRow(row, table, name, std::to_string(value));
  }
  return static_cast<int>(value);
}

}  // namespace

std::string_view ToString(Phase phase) {
  switch (phase) {
    case Phase::kQueued:
      return "queued";
    case Phase::kRunning:
      return "running";
    case Phase::kRetrying:
      return "retrying";
    case Phase::kComplete:
      return "complete";
    case Phase::kFailed:
      return "failed";
    case Phase::kCancelled:
      return "cancelled";
    case Phase::kDeleting:
      return "deleting";
  }
  return "";
}

std::optional<Phase> PhaseFromString(std::string_view text) {
  for (const Phase phase : kPhases) {
    if (ToString(phase) == text) return phase;
  }
  return std::nullopt;
}

bool IsTerminal(Phase phase) {
  return phase == Phase::kComplete || phase == Phase::kFailed || phase == Phase::kCancelled ||
         phase == Phase::kDeleting;
}

tl::unexpected<Error> CorruptRow(const sql::Row& row, std::string_view table,
                                 std::string_view column, const std::string& value) {
  return Fail(Code::kInternal, "the row " + EscapeUnprintable(row.Text(0)) + " of " +
                                   std::string(table) + " is corrupt: " + std::string(column) +
                                   " is '" + EscapeUnprintable(value) + "'");
}

Result<JobState> JobStateFromRow(const sql::Row& row, std::string_view table) {
  JobState state;
  state.id = row.Text(0);
  const std::string phase_name = row.Text(1);
  const auto phase = PhaseFromString(phase_name);
  if (!phase) return CorruptRow(row, table, "phase", phase_name);
  state.phase = *phase;
  state.progress = row.Double(2);
  TRY_ASSIGN(state.attempt, CountFrom(row, 3, table, "attempt"));
  TRY_ASSIGN(state.tries, CountFrom(row, 4, table, "tries"));
  TRY_ASSIGN(state.crashes, CountFrom(row, 5, table, "deaths"));
  if (const auto due = row.OptionalInt(6)) state.due_at = FromMicros(*due);
  if (!row.IsNull(7)) {
    state.error = Error{CodeFromName(row.Text(7)), row.OptionalText(8).value_or("")};
  }
  state.traceparent = row.Text(9);
  state.created_at = FromMicros(row.Int(10));
  state.updated_at = FromMicros(row.Int(11));
  return state;
}

}  // namespace matinee::jobs
