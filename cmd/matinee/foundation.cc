#include "foundation.h"

#include "capture/queues.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/ids.h"
#include "capture/capture_row.h"
#include "folder_lock.h"
#include "http/otlp_http_transport.h"
#include "sql/postgres.h"
#include "sql/sqlite.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"
#include "version.h"

namespace matinee {
namespace {

constexpr const char* kLogger = "start";
constexpr std::chrono::seconds kAskAgain{1};
// Of the last spans at the end: whoever stops us does not wait long for a collector that is away.
constexpr std::chrono::milliseconds kLastSpans{1000};

constexpr sql::Query kPing{"ping", "SELECT 1"};

}  // namespace

Result<std::unique_ptr<sql::Database>> OpenPostgres(const config::Settings& settings,
                                                    const Clock& clock, Metrics* metrics) {
  sql::PostgresOptions options;
  options.url = settings.database_url;
  options.connections = static_cast<size_t>(settings.database_connections);
  return sql::OpenPostgres(options, clock, metrics);
}

Result<std::unique_ptr<sql::Database>> WaitForPostgres(const config::Settings& settings,
                                                       const Clock& clock, Metrics* metrics,
                                                       const std::function<bool()>& go_on) {
  bool complained = false;
  for (;;) {
    auto opened = OpenPostgres(settings, clock, metrics);
    if (opened || opened.error().code != Code::kUnavailable || !go_on()) return opened;
    if (!complained) LogError(kLogger, "waiting for PostgreSQL", opened.error());
    complained = true;
    std::this_thread::sleep_for(kAskAgain);
  }
}

Foundation::Foundation(config::Settings settings) : settings_(std::move(settings)) {
  for (const std::string& warning : settings_.warnings) {
    Log(Severity::kWarn, kLogger, "settings", {{"warning", warning}});
  }
}

Foundation::~Foundation() {
  ShutdownTracing(kLastSpans);
}

// Before anything else that works, so that nothing of it is missed.
Status Foundation::StartTracing() {
  TraceSettings tracing = settings_.tracing;
  const auto add = [&tracing](std::string key, std::string value) {
    for (const auto& [known, own_value] : tracing.resource) {
      if (known == key) return;
    }
    tracing.resource.emplace_back(std::move(key), std::move(value));
  };
  add("service.version", kVersion);
  add("service.instance.id", NewId(system_clock_));
  trace_transport_ = http::MakeTraceTransport();
  return ConfigureTracing(tracing, *trace_transport_, &metrics_);
}

Status Foundation::OpenFiles() {
  files_ = std::make_unique<capture::FolderStore>(settings_.capture_dir);
  return files_->Open();
}

Status Foundation::OpenAlone() {
  // Two would take each other's captures for leftovers of a crash.
  TRY_ASSIGN(lock_, LockFolder(settings_.data_dir));
  TRY(StartTracing());
  TRY(OpenFiles());
  TRY_ASSIGN(database_, sql::OpenSqlite(settings_.db_path, system_clock_, &metrics_));
  TRY(sql::Migrate(*database_, capture::Migrations()));
  store_ = std::make_unique<capture::Store>(*database_, *clock_);
  coord_ = coord::MakeLocal(capture::Queues(), system_clock_);
  return {};
}

Status Foundation::OpenShared(const std::function<bool()>& go_on) {
  TRY(StartTracing());
  TRY(OpenFiles());
  coord::RedisOptions redis;
  redis.url = settings_.redis_url;
  redis.queues = capture::Queues();
  TRY_ASSIGN(coord_, coord::ConnectRedis(redis, &metrics_));
  auto opened = WaitForPostgres(settings_, system_clock_, &metrics_, go_on);
  if (!opened && opened.error().code == Code::kUnavailable) {
    return Fail(Code::kCancelled, "told to stop while waiting for PostgreSQL");
  }
  if (!opened) return Fail(opened.error());
  database_ = *std::move(opened);
  TRY(sql::CheckSchema(*database_, capture::Migrations()));
  database_clock_ = std::make_unique<sql::DatabaseClock>(*database_);
  TRY(database_clock_->Ask());
  database_clock_->Start();
  clock_ = database_clock_.get();
  store_ = std::make_unique<capture::Store>(*database_, *clock_);
  return {};
}

coord::TermStore Foundation::TermsOfStore() {
  return {[this] { return store_->LastTerm(); },
          [this](coord::Term term) { return store_->BeginTerm(term); }};
}

std::string Foundation::DatabaseProblem() {
  const auto answer = database_->Run(kPing, {});
  return answer ? "" : answer.error().message;
}

}  // namespace matinee
