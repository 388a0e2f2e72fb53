// A package outside pkg/ that uses only the seams that ours use: a kind of job, a table, a queue,
// settings, an event topic and roles. docs/development.md walks through it.
//
// Thread safety: as JobKind and Handler say; the rest is plain values and pure functions.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "config/section.h"
#include "coord/job_queue.h"
#include "http/message.h"
#include "jobs/handler.h"
#include "jobs/job_kind.h"
#include "runtime/program.h"
#include "sql/database.h"
#include "sql/schema.h"

namespace matinee::noop {

// The kind of the jobs, their queue, and the topic of their events.
inline constexpr char kNoop[] = "noop";

struct NoopSettings {
  int slots = 4;
  std::chrono::milliseconds duration{20};
};
config::Section NoopSection(NoopSettings& noop);

// The table `noops`.
sql::Schema NoopSchema();

// The program's schemas and queues, and those of this package.
Program NoopProgram();

class NoopKind final : public jobs::JobKind {
 public:
  NoopKind(sql::Database& database, const Clock& clock);

  [[nodiscard]] std::string QueueOf(const sql::Row& /*row*/) const override { return kNoop; }
  // Adds a row that is not yet enqueued.
  Result<sql::Row> Insert(const std::string& id);
};

// Does nothing for a while.
class NoopHandler final : public jobs::Handler {
 public:
  NoopHandler(NoopKind& kind, std::chrono::milliseconds duration)
      : kind_(kind), duration_(duration) {}

  jobs::JobKind& kind() override { return kind_; }
  Result<jobs::Completion> Run(const jobs::Attempt& attempt) override;

 private:
  NoopKind& kind_;
  const std::chrono::milliseconds duration_;
};

// GET /api/noops, for users: how many noops are queued.
http::Route NoopRoute(coord::JobQueue& queue);

}  // namespace matinee::noop
