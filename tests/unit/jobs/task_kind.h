// A kind of job for the tests of the engine: the table `tasks`, with two columns beside the state,
// and a handler that runs the script of a test.
//
// Thread safety: as JobKind and Handler; a script is set before jobs run.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "coord/queue_table.h"
#include "jobs/handler.h"
#include "jobs/job_kind.h"
#include "jobs/job_state.h"
#include "sql/schema.h"

namespace matinee::jobs {

inline const coord::QueueTable kTaskQueues = {{.name = "urgent", .reserved_slots = 1},
                                              {.name = "tasks"}};
inline const coord::QueueFilter kAllTaskQueues = coord::AllQueues(kTaskQueues);

inline sql::Schema TasksSchema() {
  static constexpr std::array<sql::Migration, 1> kSteps = {
      {{1, "tasks", CREATE_JOB_TABLE("tasks", ",\nnote TEXT NOT NULL,\nresult TEXT")}}};
  return {"tasks", kSteps};
}

inline JobTableSpec TaskSpec() {
  return {.kind = "task", .table = "tasks", .columns = "note, result", .complete = "result = $4"};
}

class TaskKind final : public JobKind {
 public:
  TaskKind(sql::Database& database, const Clock& clock) : JobKind(database, clock, TaskSpec()) {}

  [[nodiscard]] std::string QueueOf(const sql::Row& /*row*/) const override { return "tasks"; }
  // Records the phase at which it was called.
  void CleanUp(const sql::Row& row) override { cleaned_up.push_back(row.Text(1)); }

  std::vector<std::string> cleaned_up;
};

class ScriptedHandler final : public Handler {
 public:
  using Script = std::function<Result<Completion>(const Attempt& attempt)>;

  explicit ScriptedHandler(JobKind& kind) : kind_(kind) {}

  JobKind& kind() override { return kind_; }
  Result<Completion> Run(const Attempt& attempt) override {
    ++runs;
    return script(attempt);
  }
  void FailWith(Code code) {
    script = [code](const Attempt&) -> Result<Completion> { return Fail(code, "it failed"); };
  }

  // Completes the job with the result "made".
  Script script = [](const Attempt&) -> Result<Completion> { return Completion{{"made"}}; };
  std::atomic<int> runs = 0;

 private:
  JobKind& kind_;
};

}  // namespace matinee::jobs
