#include "jobs/periodic_kind.h"

#include <utility>

#include "base/check.h"
#include "base/time_format.h"

namespace matinee::jobs {
namespace {

constexpr sql::Query kRevive{"periodic_revive",
                             "UPDATE periodic_jobs SET phase = 'queued', tries = 0, deaths = 0,"
                             " retry_at = updated_at + $2, updated_at = $3"
                             " WHERE id = $1 AND phase = 'failed'"};

JobTableSpec SpecOf(const std::string& name) {
  MATINEE_CHECK(
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos,
      "the name of a kind becomes a part of SQL");
  return {.kind = name, .table = "periodic_jobs", .only = "id = '" + name + "'"};
}

}  // namespace

PeriodicKind::PeriodicKind(sql::Database& database, const Clock& clock, const std::string& name,
                           std::chrono::milliseconds period, std::string queue)
    : JobKind(database, clock, SpecOf(name)),
      database_(database),
      clock_(clock),
      period_(period),
      queue_(std::move(queue)) {}

Status PeriodicKind::Reconcile(const Round& round) {
  if (round.is_first) TRY(table().Insert(name(), {}));
  TRY(database_.Run(kRevive, {name(), Micros(period_).count(), ToMicros(clock_.Now())}));
  return {};
}

}  // namespace matinee::jobs
