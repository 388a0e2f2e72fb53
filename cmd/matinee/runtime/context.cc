#include "runtime/context.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/strings.h"
#include "capture/capture.h"
#include "http/otlp_http_transport.h"
#include "runtime/mediasnap.h"
#include "runtime/postgres.h"
#include "runtime/version.h"
#include "sql/sqlite.h"
#include "telemetry/log.h"
#include "telemetry/trace.h"

namespace matinee {
namespace {

constexpr const char* kLogger = "start";
// How long a stop waits for a trace collector that does not answer.
constexpr std::chrono::milliseconds kLastSpans{1000};

constexpr std::chrono::milliseconds kRefillInterval{30000};

constexpr sql::Query kPing{"ping", "SELECT 1"};

// A missing FFmpeg is an error of the start, not of the first capture.
Status FindFfmpeg(const ffmpeg::FfmpegSettings& settings, process::Runner& runner) {
  for (const std::string& program : {settings.ffmpeg_path, settings.ffprobe_path}) {
    process::Command command;
    command.argv = {program, "-version"};
    command.confinement.emplace();  // As in captures.
    const auto exit = runner.Run(command, {});
    if (!exit) {
      return Fail(
          exit.error().WithContext("FFmpeg is needed (install the package ffmpeg, or set "
                                   "FFMPEG_PATH)"));
    }
    if (!exit->ok()) {
      return Fail(Code::kUnavailable,
                  program +
                      " does not run with the files that captures may read (its folder, "
                      "the system's, LD_LIBRARY_PATH): " +
                      EscapeUnprintable(Trim(exit->err)));
    }
  }
  return {};
}

}  // namespace

Context::Context(Program program, const Needs& needs, Settings settings)
    : program_(std::move(program)), needs_(needs), settings_(std::move(settings)) {
  for (const std::string& warning : settings_.loaded.warnings) {
    Log(Severity::kWarn, kLogger, "settings", {{"warning", warning}});
  }
}

Context::~Context() {
  ShutdownTracing(kLastSpans);
}

process::SystemRunner& Context::runner() {
  if (!runner_) runner_ = std::make_unique<process::SystemRunner>();
  return *runner_;
}

Status Context::CheckMachine() {
  if (needs_.lock != nullptr) {
    const std::string folder = needs_.lock;
    TRY_ASSIGN(lock_,
               LockDataDir(settings_.process.data_dir + (folder.empty() ? "" : "/" + folder)));
  }
  if (needs_.one_process && needs_.database) {
    reserve_ = std::make_unique<storage::SpaceReserve>(settings_.database.path + ".reserve");
    reserve_->ReleaseIfFull();
  }
  return needs_.ffmpeg ? FindFfmpeg(settings_.ffmpeg, runner()) : Status();
}

Status Context::Open(const std::function<bool()>& keep_waiting) {
  TRY(StartTracing());
  if (needs_.database) TRY(OpenDatabase(keep_waiting));
  if (needs_.files) TRY(OpenFiles());
  if (needs_.redis) TRY(OpenCoordination());
  if (needs_.database && needs_.files && needs_.redis) {
    kinds_ = std::make_unique<JobKinds>(
        JobKindDeps{*database_, *clock_, *store_, *files_, *coord_.jobs, metrics_});
  }
  return {};
}

// Before anything that makes spans.
Status Context::StartTracing() {
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

Status Context::OpenFiles() {
  const std::string& folder = settings_.captures.capture_dir;
  files_ = std::make_unique<storage::FolderStore>(
      folder, std::vector<std::string>{capture::kThumbnailFolder}, identity_.id);
  TRY(files_->Open());
  if (!needs_.database) return {};
  if (needs_.one_process) {
    TRY_ASSIGN(capture_folder_lock_, LockCaptureFolder(folder));
  }
  TRY_ASSIGN(capture_folder_,
             capture::ClaimFolder(*database_, folder, identity_.id, capture_folder_lock_.valid()));
  // Its own database may start at any time.
  if (!capture_folder_.is_ours) capture_folder_lock_.Reset();
  return {};
}

Status Context::OpenCoordination() {
  if (needs_.one_process) {
    coord_ = coord::MakeLocal(program_.queues, system_clock_);
    return {};
  }
  coord::RedisOptions redis =
      coord::MakeRedisOptions(settings_.redis, program_.queues, identity_.id);
  redis.follows_0_1_0 = identity_.follows_0_1_0;
  TRY_ASSIGN(coord_, coord::ConnectRedis(redis, &metrics_));
  return {};
}

Status Context::OpenDatabase(const std::function<bool()>& keep_waiting) {
  if (needs_.one_process) {
    TRY_ASSIGN(const std::string file, SqliteFile(settings_, program_.schemas, system_clock_));
    TRY_ASSIGN(database_, sql::OpenSqlite(file, system_clock_, &metrics_));
    TRY_ASSIGN(database_lock_, LockDatabaseFile(file));
    TRY(sql::Migrate(*database_, program_.schemas));
  } else {
    TRY(OpenSharedDatabase(keep_waiting));
  }
  TRY_ASSIGN(identity_, IdentityOf(*database_, *clock_));
  store_ = std::make_unique<capture::Store>(*database_, *clock_);
  return {};
}

Status Context::OpenSharedDatabase(const std::function<bool()>& keep_waiting) {
  auto opened = WaitForPostgres(settings_.database, system_clock_, &metrics_, keep_waiting);
  if (!opened && opened.error().code == Code::kUnavailable) {
    return Fail(Code::kCancelled, "stopped while waiting for PostgreSQL");
  }
  if (!opened) return Fail(opened.error());
  database_ = *std::move(opened);
  TRY(sql::CheckSchema(*database_, program_.schemas));
  database_clock_ = std::make_unique<sql::DatabaseClock>(*database_);
  TRY(database_clock_->Ask());
  database_clock_->Start();
  clock_ = database_clock_.get();
  return {};
}

// SQLite and local coordination are this process itself.
void Context::StartProbes() {
  if (reserve_) {
    reserve_refill_ = std::make_unique<PeriodicTask>("reserve", kRefillInterval, [this] {
      if (const Status refilled = reserve_->Refill(); !refilled) {
        LogError(kLogger, "the reserve of disk space cannot be written", refilled.error());
      }
    });
    reserve_refill_->Start();
  }
  if (needs_.one_process) return;
  if (needs_.database) {
    database_probe_ = std::make_unique<DependencyProbe>(
        "PostgreSQL", [this] { return PingDatabase(); }, system_clock_);
  }
  if (needs_.redis && (!needs_.ready_without_redis || needs_.database)) {
    redis_probe_ = std::make_unique<DependencyProbe>(
        "Redis",
        [this] {
          const Status redis = coord_.check();
          return redis ? "" : redis.error().message;
        },
        system_clock_);
  }
}

int64_t Context::FreeBytesMin() const {
  const int64_t reserved = reserve_ ? storage::SpaceReserve::kFreeBytesMin : 0;
  return std::max(settings_.captures.min_free_bytes, reserved);
}

std::string Context::NotReady(const Readiness& checks) {
  if (database_probe_ && checks.database) {
    if (std::string problem = database_probe_->problem(); !problem.empty()) return problem;
  }
  return checks.redis && !needs_.ready_without_redis ? RedisProblem() : "";
}

std::string Context::Notice() {
  return needs_.ready_without_redis ? RedisProblem() : "";
}

std::string Context::RedisProblem() {
  return redis_probe_ ? redis_probe_->problem() : "";
}

std::string Context::PingDatabase() {
  const auto answer = database_->Run(kPing, {});
  return answer ? "" : answer.error().message;
}

}  // namespace matinee
