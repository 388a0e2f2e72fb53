// Fixtures of the engine's tests: a database, a clock that a test advances, a queue, and the kind
// `task` with its handler. JobTableTest has the rows only.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_format.h"
#include "coord/local/event_bus.h"
#include "coord/local/job_queue.h"
#include "jobs/attempt_registry.h"
#include "jobs/jobs_schema.h"
#include "jobs/reconciler.h"
#include "jobs/terms.h"
#include "jobs/worker.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tests/lib/cpp/test_database.h"
#include "tests/unit/jobs/task_kind.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/unreliable_database.h"

namespace matinee::jobs {

inline const WallTime kNoon = ParseTime("2026-02-18T12:00:00Z").value();

class RowsFixture : public testing::Test {
 protected:
  static constexpr coord::Term kTerm = 7;

  RowsFixture() {
    ConfigureLog(Severity::kError, LogFormat::kText);  // Failures are what the tests are about.
    auto opened = test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    database_ = std::make_unique<sql::UnreliableDatabase>(*std::move(opened));
    if (!sql::Migrate(*database_, {JobsSchema(), TasksSchema()})) std::abort();
    if (!BeginTerm(*database_, kTerm)) std::abort();
  }

  static JobState StateOf(JobTable& table, const std::string& id) {
    const auto row = table.Find(id);
    EXPECT_TRUE(row && *row) << id;
    if (!row || !*row) return {};
    auto state = table.StateOf(**row);
    EXPECT_TRUE(state) << state.error().message;
    return state ? *state : JobState{};
  }

  // Changes a row behind the back of the engine.
  void Set(const std::string& table, const std::string& id, const std::string& assignments) {
    const std::string text =
        "UPDATE " + table + " SET " + assignments + " WHERE id = $1 RETURNING id";
    const auto rows = database_->Run(sql::Query{"set", text}, {id});
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 1U) << id;
  }

  ManualClock clock_{kNoon};
  std::unique_ptr<sql::TestDatabase> test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::UnreliableDatabase> database_;
};

class JobsFixture : public RowsFixture {
 protected:
  void Insert(const std::string& id, std::optional<WallTime> due_at = std::nullopt) {
    const auto inserted = kind_.table().Insert(id, {"", nullptr}, due_at);
    ASSERT_TRUE(inserted && *inserted) << id;
  }
  JobState Row(const std::string& id) { return StateOf(kind_.table(), id); }

  // Returns the job of a row as the queue delivers it; `redelivered`: its worker crashed.
  static coord::Delivery DeliveryOf(const std::string& id, bool redelivered = false) {
    coord::Delivery delivery;
    delivery.job = {.queue = "tasks", .kind = "task", .subject = id};
    delivery.receipt = coord::KeyOf(delivery.job);
    delivery.redelivered = redelivered;
    return delivery;
  }
  std::vector<coord::DeadLetterJob> DeadLetters() {
    return queue_.DeadLetters(coord::kDeadLettersMax).value();
  }
  // Returns whether the metrics have this line.
  bool HasMetric(const std::string& line) {
    return metrics_.Scrape().find(line + "\n") != std::string::npos;
  }

  Metrics metrics_;
  coord::LocalEventBus events_;
  coord::LocalJobQueue queue_{kTaskQueues, clock_};
  AttemptRegistry attempts_;
  JobKinds kinds_;
  TaskKind& kind_ = kinds_.Add(std::make_unique<TaskKind>(*database_, clock_));
  ScriptedHandler handler_{kind_};
  WorkerOptions options_{.slots = 2,
                         .database_retry_timeout = std::chrono::milliseconds(0),
                         .database_pause = std::chrono::milliseconds(0),
                         .unknown_kind_pause = std::chrono::milliseconds(0),
                         .random = [] { return 0.5; }};
  std::optional<coord::Term> term_ = kTerm;  // While this process is the leader.
};

}  // namespace matinee::jobs
