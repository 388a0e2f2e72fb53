// The package of this folder on a real PostgreSQL and a real Redis.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/strings.h"
#include "config/load.h"
#include "config/markdown.h"
#include "coord/coordination.h"
#include "coord/leader_elector.h"
#include "coord/queue_metrics.h"
#include "http/client.h"
#include "http/server.h"
#include "jobs/job_spans.h"
#include "jobs/reconciler.h"
#include "jobs/terms.h"
#include "process/process_runner.h"
#include "runtime/identity.h"
#include "runtime/settings.h"
#include "sql/copy_tables.h"
#include "sql/postgres.h"
#include "sql/sqlite.h"
#include "telemetry/metrics.h"
#include "tests/extension/noop.h"
#include "tests/lib/cpp/postgres_server.h"
#include "tests/lib/cpp/redis_server.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/text_files.h"

namespace matinee::noop {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kTestTimeout{5};

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kTestTimeout;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

template <typename T>
T OrAbort(Result<T> result) {
  if (result) return *std::move(result);
  ADD_FAILURE() << result.error().message;
  std::abort();
}

// A role of noop_matinee in a child process.
class RoleProcess {
 public:
  RoleProcess(process::SystemRunner& runner, const std::string& role,
              std::vector<std::string> environment) {
    process::Command command;
    command.argv = {NOOP_PROGRAM, role};
    environment.insert(environment.end(), {"METRICS_PORT=0", "LOG_FORMAT=text", "NOOP_SLOTS=5"});
    command.environment = std::move(environment);
    child_ = OrAbort(runner.Start(command, [this](std::string_view line) { OnLine(line); }));
  }

  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] int changes() const { return changes_; }
  // Returns the exit code after a SIGTERM.
  int Stop() {
    child_->Signal(SIGTERM);
    return OrAbort(child_->Wait(kTestTimeout)).code;
  }
  void Kill() {
    child_->Signal(SIGKILL);
    EXPECT_EQ(OrAbort(child_->Wait(kTestTimeout)).signal, SIGKILL);
  }

 private:
  void OnLine(std::string_view line) {
    if (line.find("Matinee is ready") != std::string_view::npos) ready_ = true;
    if (line.find("a noop has changed") != std::string_view::npos) ++changes_;
  }

  std::atomic<bool> ready_{false};
  std::atomic<int> changes_{0};
  std::unique_ptr<process::Child> child_;  // Last: its lines use everything above.
};

class ExtensionTest : public testing::Test {
 protected:
  // Starts a role that knows Redis only, or also PostgreSQL.
  std::unique_ptr<RoleProcess> StartListener() {
    return std::make_unique<RoleProcess>(runner_, "noop-listener", RedisVariables());
  }
  std::unique_ptr<RoleProcess> StartWorker() {
    std::vector<std::string> variables = RedisVariables();
    variables.push_back("DATABASE_URL=" + database_url_.Reveal());
    return std::make_unique<RoleProcess>(runner_, "noop-worker", std::move(variables));
  }
  int64_t Count(const std::string& condition) {
    return Number("SELECT COUNT(*) FROM noops WHERE " + condition);
  }
  int64_t Number(const std::string& text) {
    return OrAbort(database_->Run(sql::Query{"count", text}, {})).front().Int(0);
  }
  bool HasMetric(const std::string& line) {
    return metrics_.Scrape().find(line + "\n") != std::string::npos;
  }
  // The listener knows no database: the tests, which share a Redis, have separate prefixes.
  [[nodiscard]] std::vector<std::string> RedisVariables() const {
    return {"REDIS_URL=" + redis_.url.Reveal(), "REDIS_PREFIX=" + redis_.prefix};
  }
  std::unique_ptr<sql::Database> MakeDatabase() {
    auto database = OrAbort(sql::OpenPostgres({.url = database_url_}, clock_, nullptr));
    const Status migrated = sql::Migrate(*database, program_.schemas);
    EXPECT_TRUE(migrated) << migrated.error().message;
    return database;
  }

  const Program program_ = NoopProgram();
  SystemClock clock_;
  process::SystemRunner runner_;
  Secret database_url_ = sql::SharedPostgresServer().MakeDatabase();
  std::unique_ptr<sql::Database> database_ = MakeDatabase();
  Metrics metrics_;
  const coord::RedisSettings redis_{.url = coord::SharedRedisServer().Url(), .prefix = RandomHex()};
  coord::Coordination coord_ = OrAbort(coord::ConnectRedis(
      coord::MakeRedisOptions(redis_, program_.queues, OrAbort(IdentityOf(*database_, clock_)).id),
      nullptr));
};

// Reconciles as the leader does.
class Leader {
 public:
  Leader(coord::Coordination& coord, sql::Database& database, const Clock& clock, Metrics& metrics)
      : lease_(coord.lease(coord::kLeaderLease)),
        elector_(*lease_, jobs::TermsOf(database), clock),
        reconciler_(
            {kinds_, *coord.jobs, *coord.events, [this] { return elector_.term(); }, metrics}) {
    kinds_.Add(std::make_unique<NoopKind>(database, clock));
    elector_.Start();
    reconciler_.Start();
  }
  ~Leader() {
    reconciler_.Stop();
    elector_.Stop();
  }
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

 private:
  jobs::JobKinds kinds_;
  const std::unique_ptr<coord::Lease> lease_;
  coord::LeaderElector elector_;
  jobs::Reconciler reconciler_;
};

TEST_F(ExtensionTest, EachOfAThousandNoopsRunsOnceToItsEndUnderKills) {
  constexpr int kNoops = 1000;
  constexpr int kKills = 8;
  NoopKind kind(*database_, clock_);
  for (int i = 0; i < kNoops; ++i) {
    jobs::Enqueue(*coord_.jobs, kind.JobOf(OrAbort(kind.Insert(NewId(clock_)))));
  }
  coord::ExportQueues(metrics_, *coord_.jobs);
  EXPECT_TRUE(HasMetric("matinee_queue_lag{queue=\"noop\"} 1000"));

  const auto listener = StartListener();
  ASSERT_TRUE(Eventually([&] { return listener->ready(); }));
  const Leader leader(coord_, *database_, clock_, metrics_);
  std::vector<std::unique_ptr<RoleProcess>> workers;
  for (int i = 0; i < 2; ++i) workers.push_back(StartWorker());
  for (int kill = 1; kill <= kKills; ++kill) {
    const int64_t completed = int64_t{kill} * kNoops / (kKills + 2);
    ASSERT_TRUE(Eventually([&] { return Count("phase = 'complete'") >= completed; }));
    auto& worker = workers.at(static_cast<size_t>(kill) % workers.size());
    worker->Kill();
    worker = StartWorker();
  }
  EXPECT_TRUE(Eventually([&] { return Count("phase = 'complete'") == kNoops; }));

  EXPECT_EQ(Count("phase = 'complete' AND completions = 1"), kNoops);
  EXPECT_GT(Count("attempt > 1"), 0) << "no kill hit a noop";
  EXPECT_GE(listener->changes(), kNoops);
  EXPECT_TRUE(Eventually([&] { return HasMetric("matinee_queue_pending{queue=\"noop\"} 0"); }));
  EXPECT_TRUE(HasMetric("matinee_queue_lag{queue=\"noop\"} 0"));
  EXPECT_TRUE(coord_.jobs->DeadLetters(1)->empty());
  for (const auto& worker : workers) EXPECT_EQ(worker->Stop(), EXIT_SUCCESS);
  EXPECT_EQ(listener->Stop(), EXIT_SUCCESS);
}

TEST_F(ExtensionTest, ItsTableIsCopiedFromTheDatabaseOfASingleMachine) {
  const TemporaryFolder folder;
  const auto source = OrAbort(sql::OpenSqlite(folder.File("matinee.db"), clock_, nullptr));
  ASSERT_TRUE(sql::Migrate(*source, program_.schemas));
  NoopKind kind(*source, clock_);
  ASSERT_TRUE(kind.Insert("a"));
  ASSERT_TRUE(kind.Insert("b"));
  ASSERT_TRUE(kind.table().Claim("b"));
  ASSERT_TRUE(*kind.table().Complete("b", 1, {}));

  const auto copies =
      OrAbort(sql::CopyTables(*source, *database_, program_.schemas, [](const auto&) {}));
  ASSERT_FALSE(copies.empty());
  EXPECT_EQ(copies.back().table, "noops");
  EXPECT_EQ(copies.back().added, 2);
  EXPECT_EQ(Count("id = 'a' AND phase = 'queued' AND completions = 0"), 1);
  EXPECT_EQ(Count("id = 'b' AND phase = 'complete' AND completions = 1"), 1);
}

TEST_F(ExtensionTest, ADatabaseWithoutItsTableIsRefused) {
  const auto database = OrAbort(
      sql::OpenPostgres({.url = sql::SharedPostgresServer().MakeDatabase()}, clock_, nullptr));
  Program without = program_;
  without.schemas.pop_back();
  ASSERT_TRUE(sql::Migrate(*database, without.schemas));
  const Status checked = sql::CheckSchema(*database, program_.schemas);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kConflict);
}

// Knows one user by a token.
class TokenAuthenticator final : public http::Authenticator {
 public:
  [[nodiscard]] Result<http::Principal> Authenticate(const http::Request& request) const override {
    if (request.Header("authorization") != "Bearer a token") return http::Principal{};
    return http::Principal{.id = "1", .name = "A user", .access = http::Access::kUser};
  }
};

TEST(ExtensionRouteTest, ItsRouteAnswersUsersOnly) {
  const SystemClock clock;
  const coord::Coordination coord = coord::MakeLocal(NoopProgram().queues, clock);
  ASSERT_TRUE(coord.jobs->Enqueue({.queue = kNoop, .kind = kNoop, .subject = "a"}));
  http::ServerOptions options;
  options.authenticator = std::make_shared<TokenAuthenticator>();
  http::Server server(options, {NoopRoute(*coord.jobs)}, nullptr);
  ASSERT_TRUE(server.Start());
  const auto client = http::MakeCurlClient();
  http::ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api/noops";
  EXPECT_EQ(OrAbort(client->Send(request)).status, 401);
  request.headers = {{"Authorization", "Bearer a token"}};
  const auto answer = OrAbort(client->Send(request));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"queued\":1}");
  server.Stop();
}

TEST(ExtensionSettingsTest, ItsSettingsAreLoadedAndDocumented) {
  Settings settings;
  NoopSettings noop;
  config::Sections sections = SectionsOf(settings);
  sections.push_back(NoopSection(noop));
  EXPECT_NE(config::SettingsMarkdown("", sections).find("`NOOP_SLOTS`"), std::string::npos);
  ASSERT_TRUE(config::Load(sections, std::nullopt, {{"NOOP_SLOTS", "7"}, {"NOOP_DURATION", "3s"}}));
  EXPECT_EQ(noop.slots, 7);
  EXPECT_EQ(noop.duration, std::chrono::seconds(3));
  const auto refused = config::Load(sections, std::nullopt, {{"NOOP_SLOTS", "1"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("NOOP_SLOTS"), std::string::npos);
}

// OpenTelemetry's own class has the word in its name.
TEST(ExtensionSeamsTest, NoFileOfTheProgramKnowsIt) {
  int files = 0;
  for (const char* folder : {"/pkg", "/cmd"}) {
    const std::string root = std::string(MATINEE_SOURCE_DIR) + folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string text = ReadTextFile(entry.path().string());
      for (const char* name : {"noops", "\"noop", "noop.h", "NOOP_", "NoopKind"}) {
        EXPECT_EQ(text.find(name), std::string::npos) << entry.path() << " contains " << name;
      }
    }
  }
  EXPECT_GT(files, 200);
}

}  // namespace
}  // namespace matinee::noop
