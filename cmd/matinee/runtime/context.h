// What the components of a role share, opened as far as the role needs it: the database, the folder
// of captures, coordination with other processes, metrics and tracing.
//
// Thread safety: all methods from one thread, NotReady from any; the parts as they say.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "capture/store.h"
#include "coord/coordination.h"
#include "job_kinds.h"
#include "process/process_runner.h"
#include "runtime/data_dir_lock.h"
#include "runtime/dependency_probe.h"
#include "runtime/needs.h"
#include "runtime/program.h"
#include "runtime/settings.h"
#include "sql/database.h"
#include "sql/database_clock.h"
#include "storage/folder_store.h"
#include "telemetry/metrics.h"
#include "telemetry/trace_transport.h"

namespace matinee {

class Context {
 public:
  Context(Program program, const Needs& needs, Settings settings);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Checks what needs no other process: locks the folder and looks for FFmpeg.
  Status CheckMachine();
  // Opens the rest. Waits for PostgreSQL while `keep_waiting`, asked every second, returns true;
  // then fails with kCancelled. Fails with kConflict if the schema has another version.
  Status Open(const std::function<bool()>& keep_waiting);

  // Starts the probes of PostgreSQL and Redis.
  void StartProbes();
  // The reason why PostgreSQL or, if the role needs it to be ready, Redis does not answer, or "".
  std::string NotReady();

  [[nodiscard]] const Settings& settings() const { return settings_; }
  Metrics& metrics() { return metrics_; }
  // Runs child processes. Made when it is first used.
  process::SystemRunner& runner();
  // In a cluster the time of the database, on which all processes agree.
  const Clock& clock() { return *clock_; }

  // Only as far as the role needs them.
  sql::Database& database() { return *database_; }
  storage::FolderStore& files() { return *files_; }
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

  const Program program_;
  const Needs needs_;
  const Settings settings_;
  const SystemClock system_clock_;
  Metrics metrics_;
  std::unique_ptr<TraceTransport> trace_transport_;
  DataDirLock lock_;
  std::unique_ptr<process::SystemRunner> runner_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::DatabaseClock> database_clock_;
  const Clock* clock_ = &system_clock_;
  std::unique_ptr<storage::FolderStore> files_;
  std::unique_ptr<capture::Store> store_;
  coord::Coordination coord_;
  std::unique_ptr<JobKinds> kinds_;
  std::unique_ptr<DependencyProbe> database_probe_;
  std::unique_ptr<DependencyProbe> redis_probe_;
};

}  // namespace matinee
