// What only a server can do: go away, come back, hang, be slow, be read-only, stand behind
// PgBouncer.
#include "sql/postgres.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/lib/cpp/postgres_server.h"

namespace matinee::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTestTimeout{60'000};

class PostgresTest : public testing::Test {
 protected:
  static std::unique_ptr<Database> Open(const PostgresOptions& options) {
    static const SystemClock clock;
    auto opened = OpenPostgres(options, clock, nullptr);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? *std::move(opened) : nullptr;
  }
  // For what is not about a server that is slow.
  PostgresOptions Patient(size_t connections = 4) const {
    return {.url = url_,
            .connections = connections,
            .connect_time = kTestTimeout,
            .statement_time = kTestTimeout,
            .answer_grace = kTestTimeout};
  }
  PostgresOptions Impatient() const {
    return {.url = url_,
            .connections = 4,
            .connect_time = milliseconds(1000),
            .statement_time = milliseconds(1000),
            .answer_grace = milliseconds(300)};
  }
  static Result<Rows> Run(Database& database, std::string_view text,
                          std::initializer_list<Value> values = {}) {
    return database.Run({"test", text}, values);
  }
  // Again and again until it succeeds.
  static void ExpectToHeal(Database& database) {
    const auto deadline = steady_clock::now() + kTestTimeout;
    auto rows = Run(database, "SELECT 1");
    while (!rows && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(20));
      rows = Run(database, "SELECT 1");
    }
    EXPECT_TRUE(rows) << rows.error().message;
  }

  PostgresServer& server_ = SharedPostgresServer();
  const Secret url_ = server_.MakeDatabase();
};

TEST_F(PostgresTest, GoesOnAfterARestartWithoutOneFailure) {
  const auto database = Open(Patient());
  ASSERT_TRUE(Run(*database, "CREATE TABLE t (id BIGINT)"));
  server_.Kill();
  server_.Start();
  const auto rows = Run(*database, "SELECT COUNT(*) FROM t");
  ASSERT_TRUE(rows) << rows.error().message;
}

TEST_F(PostgresTest, SaysThatTheServerIsAwayAndHealsWhenItIsBack) {
  const auto database = Open(Impatient());
  server_.Kill();
  for (int i = 0; i < 6; ++i) {  // More often than there are connections: none may get lost.
    const auto rows = Run(*database, "SELECT 1");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::kUnavailable) << rows.error().message;
  }
  EXPECT_FALSE(database->Transact([](Session&) -> Status { return {}; }));
  server_.Start();
  ExpectToHeal(*database);
}

TEST_F(PostgresTest, LosesNoConnectionWhenTheServerCrashesDuringATransaction) {
  const auto database = Open(Impatient());
  for (int i = 0; i < 6; ++i) {
    const Status status = database->Transact([&](Session& session) -> Status {
      TRY(session.Run({"test", "SELECT 1"}, {}));
      server_.Kill();
      const auto rows = session.Run({"test", "SELECT 1"}, {});
      EXPECT_FALSE(rows);
      return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kUnavailable) << status.error().message;
    server_.Start();
  }
  ExpectToHeal(*database);
}

TEST_F(PostgresTest, EndsAStatementThatTakesTooLong) {
  const auto database = Open(Impatient());
  const auto begin = steady_clock::now();
  const auto rows = Run(*database, "SELECT CAST(pg_sleep(120) AS TEXT)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Code::kUnavailable) << rows.error().message;
  EXPECT_LT(steady_clock::now() - begin, kTestTimeout / 2);
  EXPECT_TRUE(Run(*database, "SELECT 1"));
  const Status status = database->Transact([](Session& session) -> Status {
    TRY(session.Run({"test", "SELECT CAST(pg_sleep(120) AS TEXT)"}, {}));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable) << status.error().message;
}

TEST_F(PostgresTest, GivesUpAServerThatDoesNotAnswer) {
  const auto database = Open(Impatient());
  server_.Freeze();
  for (int i = 0; i < 6; ++i) {
    const auto begin = steady_clock::now();
    const auto rows = Run(*database, "SELECT 1");
    ASSERT_FALSE(rows);
    EXPECT_LT(steady_clock::now() - begin, kTestTimeout / 2);
  }
  server_.Thaw();
  ExpectToHeal(*database);
}

TEST_F(PostgresTest, CallsAReadOnlyServerUnavailable) {
  const auto database = Open(Patient(1));
  ASSERT_TRUE(Run(*database, "CREATE TABLE t (id BIGINT)"));
  const Status status = database->Transact([](Session& session) -> Status {
    TRY(session.Run({"test", "SET TRANSACTION READ ONLY"}, {}));
    TRY(session.Run({"test", "INSERT INTO t (id) VALUES (1)"}, {}));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable) << status.error().message;
  EXPECT_NE(status.error().message.find("read-only"), std::string::npos);
  EXPECT_TRUE(Run(*database, "INSERT INTO t (id) VALUES (1)")) << "the next one is not";
}

TEST_F(PostgresTest, ReportsAWrongAddressAtTheStartWithoutThePassword) {
  const SystemClock clock;
  for (const char* url :
       {"postgres://matinee:s3cret@127.0.0.1:1/matinee", "postgres://u:s3cret@/x?host=/nowhere",
        "postgres://matinee:s3cret@[/broken", "http://matinee:s3cret@host/", ""}) {
    PostgresOptions options = Impatient();
    options.url = Secret(url);
    const auto opened = OpenPostgres(options, clock, nullptr);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().message.find("s3cret"), std::string::npos) << opened.error().message;
  }
}

TEST_F(PostgresTest, LetsTransactionsOfTwoProgramsFollowOneAnother) {
  const auto one = Open(Patient());
  const auto other = Open(Patient());
  ASSERT_TRUE(Run(*one, "CREATE TABLE t (number BIGINT)"));
  ASSERT_TRUE(Run(*one, "INSERT INTO t (number) VALUES (0)"));
  constexpr int kRounds = 50;
  const auto count = [](Database& database) {
    for (int i = 0; i < kRounds; ++i) {
      const Status status = database.Transact([](Session& session) -> Status {
        TRY_ASSIGN(const Rows rows, session.Run({"read", "SELECT number FROM t"}, {}));
        TRY(session.Run({"write", "UPDATE t SET number = $1"}, {rows.at(0).Int(0) + 1}));
        return {};
      });
      EXPECT_TRUE(status) << status.error().message;
    }
  };
  auto thread = std::async(std::launch::async, [&] { count(*other); });
  count(*one);
  thread.get();
  EXPECT_EQ(Run(*one, "SELECT number FROM t").value_or(Rows()).at(0).Int(0), 2 * kRounds);
}

TEST_F(PostgresTest, PreparesAQueryOnceForEachConnection) {
  const auto database = Open(Patient(1));
  for (int64_t i = 0; i < 5; ++i) ASSERT_TRUE(Run(*database, "SELECT CAST($1 AS BIGINT)", {i}));
  const auto prepared = Run(*database,
                            "SELECT COUNT(*) FROM pg_prepared_statements"
                            " WHERE statement LIKE 'SELECT CAST%'");
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_EQ(prepared->at(0).Int(0), 1);
  // The same words with another type are another query.
  EXPECT_EQ(Run(*database, "SELECT CAST($1 AS BIGINT)", {"7"}).value_or(Rows()).at(0).Int(0), 7);
}

TEST_F(PostgresTest, RunsMoreQueriesThanAServerIsToKeep) {
  const auto database = Open(Patient(1));
  for (int64_t i = 0; i < 300; ++i) {
    const std::string text = "SELECT CAST($1 AS BIGINT) + " + std::to_string(i);
    const auto rows = Run(*database, text, {i});
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->at(0).Int(0), 2 * i);
  }
  const auto prepared = Run(*database, "SELECT COUNT(*) FROM pg_prepared_statements");
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_LE(prepared->at(0).Int(0), 128);
}

TEST_F(PostgresTest, HealsWhenTheServerForgetsWhatWasPrepared) {
  const auto database = Open(Patient(1));
  ASSERT_TRUE(Run(*database, "SELECT 1"));
  ASSERT_TRUE(Run(*database, "DEALLOCATE ALL"));
  const auto rows = Run(*database, "SELECT 1");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Code::kUnavailable) << rows.error().message;
  EXPECT_TRUE(Run(*database, "SELECT 1"));
}

TEST_F(PostgresTest, GoesOnWhenATableChangesUnderAPreparedQuery) {
  const auto database = Open(Patient(1));
  ASSERT_TRUE(Run(*database, "CREATE TABLE t (id BIGINT)"));
  ASSERT_TRUE(Run(*database, "INSERT INTO t (id) VALUES ($1)", {1}));
  ASSERT_TRUE(Run(*database, "SELECT id FROM t"));
  ASSERT_TRUE(Run(*database, "ALTER TABLE t ADD COLUMN name TEXT NOT NULL DEFAULT ''"));
  ASSERT_TRUE(Run(*database, "INSERT INTO t (id) VALUES ($1)", {2}));
  EXPECT_EQ(Run(*database, "SELECT id FROM t").value_or(Rows()).size(), 2U);
  // In a transaction the answer is an error; the next one is right.
  ASSERT_TRUE(Run(*database, "ALTER TABLE t ALTER COLUMN id TYPE TEXT"));
  const auto read = [](Session& session) -> Status {
    TRY(session.Run({"test", "SELECT id FROM t"}, {}));
    return {};
  };
  EXPECT_FALSE(database->Transact(read));
  EXPECT_TRUE(database->Transact(read));
}

// Threads whose statements are committed in groups; the table t has the rows 0 to kRows - 1.
class GroupCommitTest : public PostgresTest {
 protected:
  static constexpr int64_t kRows = 6;

  void MakeRows(Database& database) {
    ASSERT_TRUE(Run(database, "CREATE TABLE t (id BIGINT PRIMARY KEY, number BIGINT)"));
    ASSERT_TRUE(Run(database, "INSERT INTO t SELECT n, 0 FROM generate_series(0, 5) AS n"));
  }
  static Result<Rows> Add(Database& database, int64_t row) {
    return database.RunGroupCommit(
        {"add", "UPDATE t SET number = number + 1 WHERE id = $1 RETURNING number"}, {row});
  }
  // Those of the whole server that have written, and one for the question.
  static int64_t Transactions(Database& database) {
    const auto rows = Run(database, "SELECT txid_current()");
    return rows && !rows->empty() ? rows->front().Int(0) : -1;
  }
};

TEST_F(GroupCommitTest, CommitsAreFewerThanTheStatements) {
  const auto database = Open(Patient());
  MakeRows(*database);
  const int64_t before = Transactions(*database);
  constexpr int kRounds = 300;
  std::vector<std::future<void>> threads;
  for (int64_t row = 0; row < kRows; ++row) {
    threads.push_back(std::async(std::launch::async, [&, row] {
      for (int i = 0; i < kRounds; ++i) EXPECT_TRUE(Add(*database, row));
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(
      Run(*database, "SELECT CAST(SUM(number) AS BIGINT) FROM t").value_or(Rows()).at(0).Int(0),
      kRows * kRounds);
  EXPECT_LT(Transactions(*database) - before, kRows * kRounds);
}

TEST_F(GroupCommitTest, OnlyAStatementOfALockedRowWaits) {
  const auto database = Open(Patient());
  MakeRows(*database);
  std::promise<void> locked;
  std::promise<void> go_on;
  auto transaction = std::async(std::launch::async, [&] {
    return database->Transact([&](Session& session) -> Status {
      TRY(session.Run({"lock", "UPDATE t SET number = 100 WHERE id = 0"}, {}));
      locked.set_value();
      go_on.get_future().wait();
      return {};
    });
  });
  locked.get_future().wait();
  auto waiting = std::async(std::launch::async, [&] { return Add(*database, 0); });
  const auto begin = steady_clock::now();
  std::vector<std::future<Result<Rows>>> others;
  for (int64_t row = 1; row < kRows; ++row) {
    others.push_back(std::async(std::launch::async, [&, row] { return Add(*database, row); }));
  }
  for (auto& other : others) {
    const auto rows = other.get();
    EXPECT_TRUE(rows) << rows.error().message;
    // Done once, though perhaps undone before.
    EXPECT_EQ(rows.value_or(Rows()).size() == 1 ? rows->at(0).Int(0) : 0, 1);
  }
  EXPECT_LT(steady_clock::now() - begin, kTestTimeout / 2);
  EXPECT_EQ(waiting.wait_for(milliseconds(300)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(transaction.get());
  const auto rows = waiting.get();
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->at(0).Int(0), 101);
}

TEST_F(GroupCommitTest, StatementsFailTogetherWithTheServerAndRecover) {
  const auto database = Open(Impatient());
  MakeRows(*database);
  std::atomic<bool> stopping{false};
  std::atomic<int64_t> added{0};
  std::atomic<int64_t> in_doubt{0};
  std::vector<std::future<void>> threads;
  for (int64_t row = 0; row < kRows; ++row) {
    threads.push_back(std::async(std::launch::async, [&, row] {
      while (!stopping) {
        const auto begin = steady_clock::now();
        const auto rows = Add(*database, row);
        EXPECT_LT(steady_clock::now() - begin, kTestTimeout / 2);
        if (rows) ++added;
        if (rows) continue;
        EXPECT_EQ(rows.error().code, Code::kUnavailable) << rows.error().message;
        ++in_doubt;
        std::this_thread::sleep_for(milliseconds(10));
      }
    }));
  }
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(milliseconds(200));
    server_.Kill();
    std::this_thread::sleep_for(milliseconds(50));
    server_.Start();
    std::this_thread::sleep_for(milliseconds(200));
    server_.Freeze();
    std::this_thread::sleep_for(milliseconds(1000));
    server_.Thaw();
  }
  ExpectToHeal(*database);
  const int64_t so_far = added;
  const auto deadline = steady_clock::now() + kTestTimeout;
  while (added < so_far + 50 && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  stopping = true;
  for (auto& thread : threads) thread.get();
  EXPECT_GE(added, so_far + 50);
  EXPECT_GT(in_doubt, 0);
  const int64_t sum =
      Run(*database, "SELECT CAST(SUM(number) AS BIGINT) FROM t").value_or(Rows()).at(0).Int(0);
  EXPECT_GE(sum, added) << "what was answered was lost";
  EXPECT_LE(sum, added + in_doubt) << "something was done twice";
}

// PgBouncer in transaction mode, with fewer connections to the server than clients have.
class PgBouncerTest : public PostgresTest {
 protected:
  PgBouncerTest() {
    folder_.Write("users.txt", "\"matinee\" \"\"\n");
    const std::string ini = folder_.Write(
        "pgbouncer.ini",
        "[databases]\n* = host=" + server_.folder() +
            " user=matinee\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = " + folder_.path() +
            "\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
            "server_login_retry = 1\n");
    std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    process::Command command;
    command.argv = server_.AsServerUser({"/usr/sbin/pgbouncer", ini});
    auto started = server_.runner().Start(command, [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_ += line;
      log_ += '\n';
    });
    if (started) bouncer_ = *std::move(started);
  }

  Secret UrlThroughBouncer() const {
    const std::string direct = url_.Reveal();
    const auto name = direct.substr(direct.find("@/") + 2);
    return Secret("postgres://matinee@:6432/" + name.substr(0, name.find('?')) +
                  "?host=" + folder_.path());
  }
  std::unique_ptr<Database> OpenThroughBouncer() {
    const SystemClock clock;
    const auto deadline = steady_clock::now() + kTestTimeout;
    while (!OpenPostgres({.url = UrlThroughBouncer()}, clock, nullptr)) {
      if (steady_clock::now() > deadline) break;
      std::this_thread::sleep_for(milliseconds(50));
    }
    return Open({.url = UrlThroughBouncer()});
  }
  // Four times, through the same PgBouncer.
  std::string AskAsAnother(const std::string& text) {
    process::Command command;
    command.argv = {"psql", "--no-psqlrc", "--tuples-only", "--no-align"};
    for (int i = 0; i < 4; ++i) command.argv.insert(command.argv.end(), {"--command", text});
    command.argv.push_back(UrlThroughBouncer().Reveal());
    const auto exit = server_.runner().Run(command, {});
    return exit && exit->ok() ? exit->out : "failed: " + (exit ? exit->err : exit.error().message);
  }
  std::string Log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<process::Child> bouncer_;
};

TEST_F(PgBouncerTest, ServesManyThreadsByTwoConnections) {
  ASSERT_TRUE(bouncer_);
  const auto database = OpenThroughBouncer();
  ASSERT_TRUE(database) << Log();
  ASSERT_TRUE(Run(*database, "CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT)"));
  std::vector<std::future<void>> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.push_back(std::async(std::launch::async, [&, thread] {
      for (int i = 0; i < 25; ++i) {
        const int64_t id = thread * 1000 + i;
        const auto inserted = database->RunGroupCommit(
            {"insert", "INSERT INTO t (id, text) VALUES ($1, $2)"}, {id, "x"});
        EXPECT_TRUE(inserted) << inserted.error().message;
        const Status status = database->Transact([&](Session& session) -> Status {
          TRY(session.Run({"test", "UPDATE t SET text = $2 WHERE id = $1"}, {id, "y"}));
          return {};
        });
        EXPECT_TRUE(status) << status.error().message;
        const auto read = Run(*database, "SELECT text FROM t WHERE id = $1", {id});
        EXPECT_TRUE(read && read->size() == 1 && read->front().Text(0) == "y");
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(Run(*database, "SELECT COUNT(*) FROM t").value_or(Rows()).at(0).Int(0), 200);
}

TEST_F(PgBouncerTest, LeavesNoSettingToTheNextClient) {
  ASSERT_TRUE(bouncer_);
  const auto database = OpenThroughBouncer();
  ASSERT_TRUE(database) << Log();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(database->Transact([](Session& session) -> Status {
      TRY(session.Run({"test", "SELECT 1"}, {}));
      return {};
    }));
    ASSERT_TRUE(Run(*database, "SELECT 1"));
    ASSERT_TRUE(database->RunGroupCommit({"test", "SELECT 1"}, {}));
  }
  const auto locks = Run(*database,
                         "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND"
                         " database = (SELECT oid FROM pg_database"
                         " WHERE datname = current_database())");
  ASSERT_TRUE(locks);
  EXPECT_EQ(locks->at(0).Int(0), 0);
  // Each client of the two connections in turn.
  EXPECT_EQ(AskAsAnother("SHOW statement_timeout"), "0\n0\n0\n0\n");
  EXPECT_EQ(AskAsAnother("SHOW lock_timeout"), "0\n0\n0\n0\n");
  EXPECT_EQ(AskAsAnother("SELECT COUNT(*) FROM pg_prepared_statements"), "0\n0\n0\n0\n");
}

// PgBouncer refuses in its own words (SQLSTATE 08P01, a fault in our protocol if the server said
// it) whom it has let in already.
TEST_F(PgBouncerTest, SaysThatTheServerBehindItIsAwayAndHealsWhenItIsBack) {
  ASSERT_TRUE(bouncer_);
  ASSERT_TRUE(OpenThroughBouncer()) << Log();
  PostgresOptions options = Impatient();
  options.url = UrlThroughBouncer();
  const auto database = Open(options);
  ASSERT_TRUE(database);
  server_.Kill();
  for (int i = 0; i < 10; ++i) {
    const auto rows = Run(*database, "SELECT 1");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::kUnavailable) << rows.error().message;
    const Status status = database->Transact([](Session&) -> Status { return {}; });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kUnavailable) << status.error().message;
  }
  server_.Start();
  ExpectToHeal(*database);
}

}  // namespace
}  // namespace matinee::sql
