#include "jobs/jobs_schema.h"

#include <array>

#include "jobs/job_state.h"

namespace matinee::jobs {
namespace {

// The leader's term is one row, in the column `epoch`: writes of an older term are refused. The
// capture schema of 0.1.0 made this table, so either component may come first.
constexpr std::array<sql::Migration, 1> kSteps = {{
    {1, "jobs",
     R"sql(
CREATE TABLE IF NOT EXISTS leadership (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL
);
INSERT INTO leadership (id, epoch) VALUES (1, 0) ON CONFLICT (id) DO NOTHING;
)sql" CREATE_JOB_TABLE("periodic_jobs", "")},
}};

}  // namespace

const sql::Schema& JobsSchema() {
  // Not copied between databases: a term belongs to one, and each leader adds its periodic jobs.
  static const sql::Schema schema = {"jobs", kSteps};
  return schema;
}

}  // namespace matinee::jobs
