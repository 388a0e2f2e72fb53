// What every role that works on captures stands on: the database, the folder of files, and what is
// shared with other processes.
//
// Thread safety: Open from one thread; afterwards the parts as they say.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "capture/file_store.h"
#include "capture/store.h"
#include "config/settings.h"
#include "coord/coordination.h"
#include "coord/leader_elector.h"
#include "sql/database.h"
#include "sql/database_clock.h"
#include "telemetry/metrics.h"
#include "telemetry/trace_transport.h"

namespace matinee {

class Foundation {
 public:
  explicit Foundation(config::Settings settings);
  ~Foundation();
  Foundation(const Foundation&) = delete;
  Foundation& operator=(const Foundation&) = delete;

  // For `up`: SQLite, migrated, in a data folder that nobody else uses; all else in this process.
  Status OpenAlone();
  // For `api` and `worker`: PostgreSQL and Redis. Waits for a PostgreSQL that is away, asking
  // `go_on` every second whether to wait on; fails with kCancelled if not, and with kConflict if
  // the schema is not the one of this program.
  Status OpenShared(const std::function<bool()>& go_on);

  [[nodiscard]] const config::Settings& settings() const { return settings_; }
  Metrics& metrics() { return metrics_; }
  // The time on which all processes agree.
  const Clock& clock() { return *clock_; }
  sql::Database& database() { return *database_; }
  capture::FolderStore& files() { return *files_; }
  capture::Store& store() { return *store_; }
  coord::Coordination& coord() { return coord_; }

  // What a leader of the sessions and the sweeping writes its epoch into.
  coord::TermStore TermsOfStore();

  // Why the database cannot be used now, or "".
  std::string DatabaseProblem();

 private:
  Status OpenFiles();
  Status StartTracing();

  const config::Settings settings_;
  const SystemClock system_clock_;
  Metrics metrics_;
  std::unique_ptr<TraceTransport> trace_transport_;
  UniqueFd lock_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::DatabaseClock> database_clock_;
  const Clock* clock_ = &system_clock_;
  std::unique_ptr<capture::FolderStore> files_;
  std::unique_ptr<capture::Store> store_;
  coord::Coordination coord_;
};

// Opens the PostgreSQL of the settings; see sql::OpenPostgres.
Result<std::unique_ptr<sql::Database>> OpenPostgres(const config::Settings& settings,
                                                    const Clock& clock, Metrics* metrics);

// The same, but waits for a server that cannot be reached, as long as `go_on`, asked every second,
// says so; then fails with kUnavailable and the last reason. The first one is logged.
Result<std::unique_ptr<sql::Database>> WaitForPostgres(const config::Settings& settings,
                                                       const Clock& clock, Metrics* metrics,
                                                       const std::function<bool()>& go_on);

}  // namespace matinee
