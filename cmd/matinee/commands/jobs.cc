// `matinee jobs`: lists the jobs of a Matinee, and retries, cancels or discards one.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strings.h"
#include "base/time_format.h"
#include "commands/commands.h"
#include "coord/coordination.h"
#include "job_kinds.h"
#include "jobs/job_spans.h"
#include "runtime/mediasnap.h"
#include "runtime/postgres.h"
#include "schemas.h"
#include "sql/sqlite.h"
#include "storage/folder_store.h"

namespace matinee {
namespace {

using Json = nlohmann::ordered_json;

struct JobsOptions {
  std::string kind;
  std::string phase;
  std::string id;
  int64_t limit = 50;
  bool json = false;
};

// What the subcommands work on: the database, and Redis in a cluster. In one process the queue is
// inside that process: it finds a changed row within a second.
class Jobs {
 public:
  static Result<std::unique_ptr<Jobs>> Open(const Settings& settings) {
    auto jobs = std::unique_ptr<Jobs>(new Jobs());
    TRY_ASSIGN(jobs->database_, OpenDatabase(settings, jobs->clock_));
    TRY(sql::CheckSchema(*jobs->database_, Schemas()));
    TRY_ASSIGN(const Identity identity, IdentityOf(*jobs->database_, jobs->clock_));
    jobs->files_ = std::make_unique<storage::FolderStore>(settings.captures.capture_dir,
                                                          std::vector<std::string>(), identity.id);
    jobs->is_shared_ = !settings.redis.url.empty();
    if (jobs->is_shared_) {
      coord::RedisOptions redis = coord::MakeRedisOptions(settings.redis, Queues(), identity.id);
      redis.directory.clear();  // A command is not a process of the cluster.
      TRY_ASSIGN(jobs->coord_, coord::ConnectRedis(redis, nullptr));
    } else {
      jobs->coord_ = coord::MakeLocal(Queues(), jobs->clock_);
    }
    jobs->store_ = std::make_unique<capture::Store>(*jobs->database_, jobs->clock_);
    jobs->kinds_ =
        std::make_unique<JobKinds>(JobKindDeps{*jobs->database_, jobs->clock_, *jobs->store_,
                                               *jobs->files_, *jobs->coord_.jobs, jobs->metrics_});
    return jobs;
  }

  [[nodiscard]] bool is_shared() const { return is_shared_; }
  coord::JobQueue& queue() { return *coord_.jobs; }
  [[nodiscard]] const std::vector<std::unique_ptr<jobs::JobKind>>& kinds() const {
    return kinds_->all.all();
  }

  Result<jobs::JobKind*> KindOf(const std::string& name) {
    if (jobs::JobKind* kind = kinds_->all.Find(name)) return kind;
    std::string known;
    for (const auto& kind : kinds()) known += (known.empty() ? "" : ", ") + kind->name();
    return Fail(Code::kInvalidArgument,
                "there is no kind \"" + EscapeUnprintable(name) + "\"; the kinds are: " + known);
  }

  void Announce(const jobs::JobKind& kind, const std::string& id) {
    if (is_shared_) kind.PublishChanged(*coord_.events, id);
  }
  void Enqueue(const jobs::JobKind& kind, const sql::Row& row) {
    if (is_shared_) jobs::Enqueue(*coord_.jobs, kind.JobOf(row));
  }

 private:
  Jobs() = default;

  static Result<std::unique_ptr<sql::Database>> OpenDatabase(const Settings& settings,
                                                             const Clock& clock) {
    if (!settings.database.url.empty()) return OpenPostgres(settings.database, clock, nullptr);
    const std::string& path = settings.database.path;
    if (!std::filesystem::exists(path)) {
      return Fail(Code::kNotFound, "there is no database " + EscapeUnprintable(path) +
                                       " yet; set DATA_DIR, DB_PATH or DATABASE_URL as for the "
                                       "Matinee that runs");
    }
    TRY_ASSIGN(const std::string file, SqliteFile(settings, Schemas(), clock));
    return sql::OpenSqlite(file, clock, nullptr);
  }

  const SystemClock clock_{};
  Metrics metrics_;
  std::unique_ptr<storage::FolderStore> files_;
  bool is_shared_ = false;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<capture::Store> store_;
  coord::Coordination coord_;
  std::unique_ptr<JobKinds> kinds_;
};

Json JsonOf(const std::string& kind, const jobs::JobState& state) {
  return {{"kind", kind},
          {"id", state.id},
          {"phase", ToString(state.phase)},
          {"progress", state.progress},
          {"attempt", state.attempt},
          {"tries", state.tries},
          {"crashes", state.crashes},
          {"due_at", state.due_at ? Json(FormatTime(*state.due_at)) : Json(nullptr)},
          {"created_at", FormatTime(state.created_at)},
          {"updated_at", FormatTime(state.updated_at)},
          {"error_code", state.error ? Json(InfoOf(state.error->code).name) : Json(nullptr)},
          {"error_message", state.error ? Json(state.error->message) : Json(nullptr)}};
}

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

void PrintLine(const std::string& kind, const jobs::JobState& state) {
  std::cout << kind << "  " << state.id << "  " << ToString(state.phase) << "  attempt "
            << state.attempt << ", crashes " << state.crashes << "  "
            << FormatTime(state.updated_at);
  if (state.error) {
    std::cout << "  " << InfoOf(state.error->code).name << ": "
              << EscapeUnprintable(state.error->message);
  }
  std::cout << "\n";
}

Status List(Jobs& jobs, const JobsOptions& options) {
  std::optional<jobs::Phase> phase;
  if (!options.phase.empty()) {
    phase = jobs::PhaseFromString(options.phase);
    if (!phase || *phase == jobs::Phase::kDeleting) {
      return Fail(Code::kInvalidArgument,
                  "--phase is one of: queued, running, retrying, complete, failed, cancelled");
    }
  }
  if (!options.kind.empty()) TRY(jobs.KindOf(options.kind));
  Json all = Json::array();
  for (const auto& kind : jobs.kinds()) {
    if (!options.kind.empty() && kind->name() != options.kind) continue;
    TRY_ASSIGN(const sql::Rows rows, kind->table().List(phase, options.limit));
    for (const sql::Row& row : rows) {
      const Result<jobs::JobState> state = kind->table().StateOf(row);
      if (!state) {
        std::cerr << state.error().message << "\n";
      } else if (options.json) {
        all.push_back(JsonOf(kind->name(), *state));
      } else {
        PrintLine(kind->name(), *state);
      }
    }
  }
  if (options.json) std::cout << Dump(all) << "\n";
  return {};
}

Status Show(Jobs& jobs, const JobsOptions& options) {
  TRY_ASSIGN(jobs::JobKind* const kind, jobs.KindOf(options.kind));
  TRY_ASSIGN(const std::optional<sql::Row> row, kind->table().Find(options.id));
  if (!row) return Fail(Code::kNotFound, "there is no " + kind->name() + " with this id");
  TRY_ASSIGN(const jobs::JobState state, kind->table().StateOf(*row));
  std::cout << Dump(JsonOf(kind->name(), state)) << "\n";
  return {};
}

Status Retry(Jobs& jobs, const JobsOptions& options) {
  TRY_ASSIGN(jobs::JobKind* const kind, jobs.KindOf(options.kind));
  TRY_ASSIGN(const sql::Row row, kind->table().Retry(options.id));
  jobs.Enqueue(*kind, row);
  jobs.Announce(*kind, options.id);
  std::cout << "It is queued.\n";
  return {};
}

Status Cancel(Jobs& jobs, const JobsOptions& options) {
  TRY_ASSIGN(jobs::JobKind* const kind, jobs.KindOf(options.kind));
  TRY(kind->table().Cancel(options.id));
  jobs.Announce(*kind, options.id);
  std::cout << "It is cancelled.\n";
  return {};
}

Status Discard(Jobs& jobs, const JobsOptions& options) {
  TRY_ASSIGN(jobs::JobKind* const kind, jobs.KindOf(options.kind));
  TRY(kind->Discard(options.id));
  jobs.Announce(*kind, options.id);
  std::cout << "It is discarded.\n";
  return {};
}

Status ListDeadLetters(Jobs& jobs, const JobsOptions& options) {
  if (!jobs.is_shared()) {
    return Fail(Code::kInvalidArgument,
                "without REDIS_URL the dead letters are inside the process of `matinee up`; "
                "GET /api/jobs lists them");
  }
  TRY_ASSIGN(const auto dead_letters, jobs.queue().DeadLetters(static_cast<size_t>(options.limit)));
  Json all = Json::array();
  for (const coord::DeadLetterJob& letter : dead_letters) {
    if (options.json) {
      all.push_back({{"queue", letter.job.queue},
                     {"kind", letter.job.kind},
                     {"subject", letter.job.subject},
                     {"reason", letter.reason}});
    } else {
      std::cout << letter.job.queue << "  " << letter.job.kind << "  " << letter.job.subject << "  "
                << EscapeUnprintable(letter.reason) << "\n";
    }
  }
  if (options.json) std::cout << Dump(all) << "\n";
  return {};
}

using Subcommand = Status (*)(Jobs& jobs, const JobsOptions& options);

int Run(Subcommand subcommand, const Settings& settings, const JobsOptions& options) {
  auto jobs = Jobs::Open(settings);
  const Status done = jobs ? subcommand(**jobs, options) : Fail(jobs.error());
  if (done) return 0;
  std::cerr << "matinee jobs: " << done.error().message << "\n";
  return 1;
}

}  // namespace

CommandBody MakeJobs(CLI::App& app) {
  auto options = std::make_shared<JobsOptions>();
  auto chosen = std::make_shared<Subcommand>(&List);
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Subcommand subcommand) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([chosen, subcommand] { *chosen = subcommand; });
    return sub;
  };
  const auto add_listing = [&](CLI::App* sub) {
    sub->add_option("--limit", options->limit, "At most so many (of each kind)")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    sub->add_flag("--json", options->json, "Print JSON");
  };
  const auto add_one = [&](const char* name, const char* help, Subcommand subcommand) {
    CLI::App* sub = add(name, help, subcommand);
    sub->add_option("kind", options->kind, "The kind of the job, such as capture")->required();
    sub->add_option("id", options->id, "The id of the job")->required();
  };
  CLI::App* list = add("list", "List jobs, the newest first", &List);
  list->add_option("--kind", options->kind, "Only jobs of this kind");
  list->add_option("--phase", options->phase, "Only jobs in this phase, such as failed");
  add_listing(list);
  add_one("show", "Print one job as JSON", &Show);
  add_one("retry", "Queue a failed or cancelled job again", &Retry);
  add_one("cancel", "Cancel an unfinished job", &Cancel);
  add_one("discard", "Remove a job that has ended, with its files", &Discard);
  add_listing(add("dead-letters", "List jobs that were given up, and why", &ListDeadLetters));
  return [options, chosen](const Settings& settings) { return Run(*chosen, settings, *options); };
}

}  // namespace matinee
