#include "runtime/context.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "capture/capture.h"
#include "http/otlp_http_transport.h"
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

constexpr sql::Query kPing{"ping", "SELECT 1"};

// A missing FFmpeg is an error of the start, not of the first capture.
Status FindFfmpeg(const ffmpeg::FfmpegSettings& settings, process::Runner& runner) {
  for (const std::string& program : {settings.ffmpeg_path, settings.ffprobe_path}) {
    process::Command command;
    command.argv = {program, "-version"};
    const auto exit = runner.Run(command, {});
    if (!exit) {
      return Fail(
          exit.error().WithContext("FFmpeg is needed (install the package ffmpeg, or set "
                                   "FFMPEG_PATH)"));
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
  return needs_.ffmpeg ? FindFfmpeg(settings_.ffmpeg, runner()) : Status();
}

Status Context::Open(const std::function<bool()>& keep_waiting) {
  TRY(StartTracing());
  if (needs_.files) TRY(OpenFiles());
  if (needs_.redis) TRY(OpenCoordination());
  if (needs_.database) TRY(OpenDatabase(keep_waiting));
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
  files_ = std::make_unique<storage::FolderStore>(
      settings_.captures.capture_dir, std::vector<std::string>{capture::kThumbnailFolder});
  return files_->Open();
}

Status Context::OpenCoordination() {
  if (needs_.one_process) {
    coord_ = coord::MakeLocal(program_.queues, system_clock_);
    return {};
  }
  coord::RedisOptions redis;
  redis.url = settings_.redis.url;
  redis.queues = program_.queues;
  TRY_ASSIGN(coord_, coord::ConnectRedis(redis, &metrics_));
  return {};
}

Status Context::OpenDatabase(const std::function<bool()>& keep_waiting) {
  if (needs_.one_process) {
    TRY_ASSIGN(database_, sql::OpenSqlite(settings_.database.path, system_clock_, &metrics_));
    TRY(sql::Migrate(*database_, program_.schemas));
  } else {
    TRY(OpenSharedDatabase(keep_waiting));
  }
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
  if (needs_.one_process) return;
  if (needs_.database) {
    database_probe_ = std::make_unique<DependencyProbe>(
        "PostgreSQL", [this] { return PingDatabase(); }, system_clock_);
  }
  if (needs_.redis && !needs_.ready_without_redis) {
    redis_probe_ = std::make_unique<DependencyProbe>(
        "Redis",
        [this] {
          const Status redis = coord_.check();
          return redis ? "" : redis.error().message;
        },
        system_clock_);
  }
}

std::string Context::NotReady() {
  if (database_probe_) {
    if (std::string problem = database_probe_->problem(); !problem.empty()) return problem;
  }
  return redis_probe_ ? redis_probe_->problem() : "";
}

std::string Context::PingDatabase() {
  const auto answer = database_->Run(kPing, {});
  return answer ? "" : answer.error().message;
}

}  // namespace matinee
