// Opens the PostgreSQL that the settings name.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"
#include "sql/database_settings.h"
#include "telemetry/metrics.h"

namespace matinee {

// See sql::OpenPostgres.
Result<std::unique_ptr<sql::Database>> OpenPostgres(const sql::DatabaseSettings& settings,
                                                    const Clock& clock, Metrics* metrics);

// The same, but retries every second while the server cannot be reached and `keep_waiting` returns
// true; then fails with kUnavailable and the last reason. Logs the first failure.
Result<std::unique_ptr<sql::Database>> WaitForPostgres(const sql::DatabaseSettings& settings,
                                                       const Clock& clock, Metrics* metrics,
                                                       const std::function<bool()>& keep_waiting);

}  // namespace matinee
