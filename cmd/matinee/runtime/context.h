// What the components of a role share, opened as far as the role needs it: the database, the folder
// of captures, coordination with other processes, metrics and tracing.
//
// Thread safety: all methods from one thread, NotReady and Notice from any; the parts as they say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/periodic_task.h"
#include "base/result.h"
#include "capture/capture_folder.h"
#include "capture/store.h"
#include "coord/coordination.h"
#include "job_kinds.h"
#include "process/process_runner.h"
#include "runtime/data_dir_lock.h"
#include "runtime/dependency_probe.h"
#include "runtime/identity.h"
#include "runtime/needs.h"
#include "runtime/program.h"
#include "runtime/readiness.h"
#include "runtime/settings.h"
#include "sql/database.h"
#include "sql/database_clock.h"
#include "storage/folder_store.h"
#include "storage/space_reserve.h"
#include "telemetry/metrics.h"
#include "telemetry/trace_transport.h"

namespace matinee {

class Context {
 public:
  Context(Program program, const Needs& needs, Settings settings);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Checks what needs no other process: locks the folder, looks for FFmpeg, and frees the reserve
  // of a full disk.
  Status CheckMachine();
  // Opens the rest. Waits for PostgreSQL while `keep_waiting`, asked every second, returns true;
  // then fails with kCancelled. Fails with kConflict if the schema has another version.
  Status Open(const std::function<bool()>& keep_waiting);

  // Starts the probes of PostgreSQL and Redis, and keeps the reserve of disk space filled.
  void StartProbes();
  // The reason why PostgreSQL or, if the role needs it to be ready, Redis does not answer, as far
  // as `checks` ask, or "".
  std::string NotReady(const Readiness& checks);
  // What is wrong while the role is ready all the same, or "".
  std::string Notice();

  [[nodiscard]] const Settings& settings() const { return settings_; }
  Metrics& metrics() { return metrics_; }
  // Runs child processes. Made when it is first used.
  process::SystemRunner& runner();
  // In a cluster the time of the database, on which all processes agree.
  const Clock& clock() { return *clock_; }

  // Only as far as the role needs them.
  sql::Database& database() { return *database_; }
  storage::FolderStore& files() { return *files_; }
  // Beside the SQLite database; null in a cluster.
  storage::SpaceReserve* reserve() { return reserve_.get(); }
  // Captures are refused while less is free.
  [[nodiscard]] int64_t FreeBytesMin() const;
  // Whether captures may be written there, and what a person has to know about it.
  [[nodiscard]] const capture::FolderClaim& capture_folder() const { return capture_folder_; }
  capture::Store& store() { return *store_; }
  coord::Coordination& coord() { return coord_; }
  // For roles that need the database, the files and Redis.
  JobKinds& kinds() { return *kinds_; }

 private:
  Status StartTracing();
  Status OpenFiles();
  Status OpenCoordination();
  Status OpenDatabase(const std::function<bool()>& keep_waiting);
  Status OpenSharedDatabase(const std::function<bool()>& keep_waiting);
  std::string PingDatabase();
  std::string RedisProblem();

  const Program program_;
  const Needs needs_;
  const Settings settings_;
  const SystemClock system_clock_;
  Metrics metrics_;
  std::unique_ptr<TraceTransport> trace_transport_;
  DataDirLock lock_;
  UniqueFd database_lock_;
  UniqueFd capture_folder_lock_;
  std::unique_ptr<process::SystemRunner> runner_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::DatabaseClock> database_clock_;
  const Clock* clock_ = &system_clock_;
  Identity identity_;  // Of the database.
  std::unique_ptr<storage::FolderStore> files_;
  std::unique_ptr<storage::SpaceReserve> reserve_;
  capture::FolderClaim capture_folder_;
  std::unique_ptr<capture::Store> store_;
  coord::Coordination coord_;
  std::unique_ptr<JobKinds> kinds_;
  std::unique_ptr<DependencyProbe> database_probe_;
  std::unique_ptr<DependencyProbe> redis_probe_;
  std::unique_ptr<PeriodicTask> reserve_refill_;
};

}  // namespace matinee
