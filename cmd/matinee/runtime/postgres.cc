#include "runtime/postgres.h"

#include <chrono>
#include <thread>

#include "sql/postgres.h"
#include "telemetry/log.h"

namespace matinee {
namespace {

constexpr std::chrono::seconds kRetryInterval{1};

}  // namespace

Result<std::unique_ptr<sql::Database>> OpenPostgres(const sql::DatabaseSettings& settings,
                                                    const Clock& clock, Metrics* metrics) {
  sql::PostgresOptions options;
  options.url = settings.url;
  options.connections = static_cast<size_t>(settings.connections);
  return sql::OpenPostgres(options, clock, metrics);
}

Result<std::unique_ptr<sql::Database>> WaitForPostgres(const sql::DatabaseSettings& settings,
                                                       const Clock& clock, Metrics* metrics,
                                                       const std::function<bool()>& keep_waiting) {
  bool logged = false;
  for (;;) {
    auto opened = OpenPostgres(settings, clock, metrics);
    if (opened || opened.error().code != Code::kUnavailable || !keep_waiting()) return opened;
    if (!logged) LogError("start", "waiting for PostgreSQL", opened.error());
    logged = true;
    std::this_thread::sleep_for(kRetryInterval);
  }
}

}  // namespace matinee
