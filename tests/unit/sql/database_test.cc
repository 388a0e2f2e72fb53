// What every database does when all is well, and what it refuses.
#include "tests/unit/sql/database_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <future>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace matinee::sql {
namespace {

class DatabaseTest : public DatabaseFixture {
 protected:
  void SetUp() override {
    DatabaseFixture::SetUp();
    Run("CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT, number DOUBLE PRECISION)");
  }
};

TEST_F(DatabaseTest, BindsParametersByNameWhateverTheirOrderInTheText) {
  // SQLite numbers $n by first appearance; bound by index, $2 and $1 would change places here.
  const Rows swapped = Run("SELECT $2, $1", {"one", "two"});
  EXPECT_EQ(swapped.at(0).Text(0), "two");
  EXPECT_EQ(swapped.at(0).Text(1), "one");
  Run("INSERT INTO t (id, text) VALUES ($1, $2)", {5, "old"});
  EXPECT_EQ(
      Run("UPDATE t SET text = $2 WHERE id = $1 AND text = $3 RETURNING id", {5, "new", "old"})
          .size(),
      1U);
  EXPECT_EQ(Run("SELECT text FROM t").at(0).Text(0), "new");
}

TEST_F(DatabaseTest, GivesAParameterThatStandsTwiceTheSameValue) {
  const Rows rows = Run("SELECT $1, $2, $1", {"one", "two"});
  EXPECT_EQ(rows.at(0).Text(0), "one");
  EXPECT_EQ(rows.at(0).Text(1), "two");
  EXPECT_EQ(rows.at(0).Text(2), "one");
}

TEST_F(DatabaseTest, BindsMoreThanNineParameters) {
  const Rows rows = Run("SELECT $11, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                        {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_EQ(rows.at(0).Int(0), 11);
  EXPECT_EQ(rows.at(0).Int(10), 10);
}

TEST_F(DatabaseTest, RefusesParametersOfOtherForms) {
  EXPECT_EQ(Fails("SELECT ?", {1}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT :one", {1}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT $0", {1}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT $01", {1}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT $1, $3", {1, 2, 3}).code, Code::kInternal);
}

TEST_F(DatabaseTest, RefusesTooFewAndTooManyValues) {
  EXPECT_EQ(Fails("SELECT $1, $2", {1}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT $1", {1, 2}).code, Code::kInternal);
  EXPECT_EQ(Fails("SELECT $1", {}).code, Code::kInternal);
}

TEST_F(DatabaseTest, KeepsEveryValueAsItIs) {
  for (const int64_t number : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                               int64_t{3000000000}, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(Run("SELECT CAST($1 AS BIGINT)", {number}).at(0).Int(0), number);
  }
  for (const double number : {0.0, -1.5, 1e300, 5e-324, 0.1, HUGE_VAL}) {
    EXPECT_EQ(Run("SELECT $1", {number}).at(0).Double(0), number);
  }
  for (const std::string text :
       {"", "it's \"quoted\"", "Amélie – 千と千尋 🎬", "a\nb\\c\x01", "'; DROP TABLE t; --"}) {
    EXPECT_EQ(Run("SELECT $1", {text}).at(0).Text(0), text);
  }
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(Run("SELECT $1", {large}).at(0).Text(0), large);
  EXPECT_TRUE(Run("SELECT $1", {nullptr}).at(0).IsNull(0));
}

TEST_F(DatabaseTest, RefusesTextThatWouldBeCutOrThatPostgresRefuses) {
  using std::string_literals::operator""s;
  const Error nul = Fails("INSERT INTO t (id, text) VALUES ($1, $2)", {1, "a\0b"s});
  EXPECT_EQ(nul.code, Code::kInvalidArgument);
  EXPECT_NE(nul.message.find("$2"), std::string::npos) << nul.message;
  EXPECT_EQ(Fails("SELECT $1", {"\xC3\x28"}).code, Code::kInvalidArgument);
  EXPECT_EQ(Fails("SELECT $1", {std::nan("")}).code, Code::kInvalidArgument);
  EXPECT_EQ(Count(), 0);
}

TEST_F(DatabaseTest, GivesTheRowsThatReturningNames) {
  const Rows rows = Run("INSERT INTO t (id, text) VALUES ($1, $2), ($3, $4) RETURNING id, text",
                        {1, "one", 2, nullptr});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].Text(1), "one");
  EXPECT_EQ(rows[1].OptionalText(1), std::nullopt);
  EXPECT_EQ(Run("DELETE FROM t WHERE id > $1 RETURNING id", {5}).size(), 0U);
}

TEST_F(DatabaseTest, CallsABrokenRuleAConflict) {
  Run("INSERT INTO t (id) VALUES (1)");
  EXPECT_EQ(Fails("INSERT INTO t (id) VALUES (1)").code, Code::kConflict);
  Run("CREATE TABLE c (n BIGINT CHECK (n > 0), t BIGINT REFERENCES t (id))");
  EXPECT_EQ(Fails("INSERT INTO c (n) VALUES (-1)").code, Code::kConflict);
  EXPECT_EQ(Fails("INSERT INTO c (n, t) VALUES (1, 999)").code, Code::kConflict)
      << "foreign keys must hold";
}

TEST_F(DatabaseTest, NamesTheQueryInItsErrors) {
  const auto rows = database_->Run(Query{"capture_find", "SELECT * FROM nowhere"}, {});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Code::kInternal);
  EXPECT_NE(rows.error().message.find("query capture_find"), std::string::npos);
  EXPECT_NE(rows.error().message.find("nowhere"), std::string::npos);
}

TEST_F(DatabaseTest, RefusesSeveralStatementsAndNone) {
  EXPECT_EQ(Fails("SELECT 1; DROP TABLE t").code, Code::kInternal);
  EXPECT_EQ(Fails("").code, Code::kInternal);
  EXPECT_EQ(Fails("-- nothing").code, Code::kInternal);
  Run("SELECT 1;\n ");
  EXPECT_EQ(Count(), 0);
}

TEST_F(DatabaseTest, TakesAnUnknownNameInDoubleQuotesForAnError) {
  EXPECT_EQ(Fails("SELECT \"no such column\" FROM t").code, Code::kInternal);
}

TEST_F(DatabaseTest, RefusesAnAnswerWithoutEnd) {
  const Error error = Fails(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
      "SELECT i FROM n");
  EXPECT_NE(error.message.find("LIMIT"), std::string::npos) << error.message;
}

TEST_F(DatabaseTest, SeesAChangedSchemaThroughAPreparedStatement) {
  Run("INSERT INTO t (id) VALUES (1)");
  EXPECT_EQ(Fails("SELECT t.added FROM t").code, Code::kInternal);
  Run("SELECT * FROM t");
  Run("ALTER TABLE t ADD COLUMN added BIGINT NOT NULL DEFAULT 7");
  EXPECT_EQ(Run("SELECT * FROM t").at(0).Int(3), 7);
  EXPECT_EQ(Run("SELECT t.added FROM t").at(0).Int(0), 7);
}

TEST_F(DatabaseTest, KeepsWhatWasCommittedWhenItIsOpenedAgain) {
  Run("INSERT INTO t (id, text) VALUES (1, 'kept')");
  Reopen();
  EXPECT_EQ(Run("SELECT text FROM t").at(0).Text(0), "kept");
}

TEST_F(DatabaseTest, CommitsATransactionWhoseBodySucceeds) {
  const Status status = database_->Transact([](Session& session) -> Status {
    TRY(session.Run({"test", "INSERT INTO t (id) VALUES ($1)"}, {1}));
    TRY_ASSIGN(const Rows rows, session.Run({"test", "SELECT COUNT(*) FROM t"}, {}));
    EXPECT_EQ(rows.at(0).Int(0), 1) << "a transaction sees what it wrote";
    return {};
  });
  EXPECT_TRUE(status);
  EXPECT_EQ(Count(), 1);
}

TEST_F(DatabaseTest, RollsATransactionBackWhoseBodyFails) {
  const Status status = database_->Transact([](Session& session) -> Status {
    TRY(session.Run({"test", "INSERT INTO t (id) VALUES ($1)"}, {1}));
    return Fail(Code::kNotFound, "changed my mind");
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kNotFound);
  EXPECT_EQ(Count(), 0);
  Run("INSERT INTO t (id) VALUES (2)");  // The writer is free again.
}

TEST_F(DatabaseTest, RollsATransactionBackWhoseBodyOverlooksAnError) {
  const Status status = database_->Transact([](Session& session) -> Status {
    (void)session.Run({"test", "INSERT INTO t (id) VALUES (1)"}, {});
    (void)session.Run({"test", "INSERT INTO t (id) VALUES (1)"}, {});
    EXPECT_FALSE(session.Run({"test", "INSERT INTO t (id) VALUES (2)"}, {}));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kConflict);
  EXPECT_EQ(Count(), 0);
}

TEST_F(DatabaseTest, TransactionsAreNotBegunOrEndedByHand) {
  EXPECT_EQ(Fails("BEGIN").code, Code::kInternal);
  EXPECT_EQ(Fails("BEGIN IMMEDIATE").code, Code::kInternal);
  const Status status = database_->Transact([](Session& session) -> Status {
    TRY(session.Run({"test", "INSERT INTO t (id) VALUES (1)"}, {}));
    TRY(session.Run({"test", "ROLLBACK"}, {}));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kInternal);
  Run("INSERT INTO t (id) VALUES (2)");
  EXPECT_EQ(Count(), 1);
}

TEST_F(DatabaseTest, LetsReadersPassAWriter) {
  Run("INSERT INTO t (id) VALUES (1)");
  const Status status = database_->Transact([this](Session& session) -> Status {
    TRY(session.Run({"test", "INSERT INTO t (id) VALUES (2)"}, {}));
    EXPECT_EQ(Count(), 1) << "a reader sees what was committed, and does not wait";
    return {};
  });
  EXPECT_TRUE(status);
  EXPECT_EQ(Count(), 2);
}

TEST_F(DatabaseTest, LetsWritersFollowOneAnother) {
  Run("INSERT INTO t (id, number) VALUES (1, 0)");
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::vector<std::future<void>> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (int j = 0; j < kRounds; ++j) {
        const Status status = database_->Transact([](Session& session) -> Status {
          TRY_ASSIGN(const Rows rows, session.Run({"read", "SELECT number FROM t"}, {}));
          TRY(session.Run({"write", "UPDATE t SET number = $1"}, {rows.at(0).Double(0) + 1}));
          return {};
        });
        EXPECT_TRUE(status) << status.error().message;
        EXPECT_EQ(Run("SELECT COUNT(*) FROM t").at(0).Int(0), 1);
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(Run("SELECT number FROM t").at(0).Double(0), kThreads * kRounds);
}

// The same two statements by many threads: the first wins, and each sees its own row only.
TEST_F(DatabaseTest, AnswersEachOfThoseWhoShareACommitAsIfItWereAlone) {
  constexpr Query kInsert{"insert", "INSERT INTO t (id, text) VALUES ($1, $2)"};
  constexpr Query kTake{
      "take", "UPDATE t SET text = $2 WHERE id = $1 AND text = 'free' RETURNING id, text"};
  constexpr int kThreads = 8;
  constexpr int64_t kRows = 50;
  std::atomic<int> inserted{0};
  std::atomic<int> taken{0};
  std::vector<std::future<void>> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.push_back(std::async(std::launch::async, [&, thread] {
      const std::string mine = std::to_string(thread);
      for (int64_t id = 0; id < kRows; ++id) {
        const auto put = database_->RunGroupCommit(kInsert, {id, "free"});
        if (put) ++inserted;
        EXPECT_TRUE(put || put.error().code == Code::kConflict) << put.error().message;
        const auto no_text = database_->RunGroupCommit(kInsert, {kRows, "\xC3\x28"});
        EXPECT_EQ(no_text.has_value() ? Code::kInternal : no_text.error().code,
                  Code::kInvalidArgument);
        const auto took = database_->RunGroupCommit(kTake, {id, mine});
        ASSERT_TRUE(took) << took.error().message;
        if (took->empty()) continue;
        ++taken;
        EXPECT_EQ(took->at(0).Int(0), id);
        EXPECT_EQ(took->at(0).Text(1), mine);
        EXPECT_EQ(Run("SELECT text FROM t WHERE id = $1", {id}).at(0).Text(0), mine)
            << "what was answered is committed";
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(inserted, kRows);
  EXPECT_EQ(taken, kRows);
  EXPECT_EQ(Run("SELECT COUNT(*) FROM t WHERE text <> 'free'").at(0).Int(0), kRows);
}

TEST_F(DatabaseTest, ReadsWhatTheSameThreadHasJustWritten) {
  for (int i = 0; i < 50; ++i) {
    Run("INSERT INTO t (id) VALUES ($1)", {i});
    ASSERT_EQ(Count(), i + 1);
  }
}

TEST_F(DatabaseTest, CountsTheTimeOfEachQueryUnderItsName) {
  ASSERT_TRUE(database_->Run({"capture_find", "SELECT 1"}, {}));
  ASSERT_TRUE(database_->Transact([](Session& session) -> Status {
    TRY(session.Run({"capture_insert", "INSERT INTO t (id) VALUES (1)"}, {}));
    return {};
  }));
  const std::string scrape = metrics_.Scrape();
  for (const char* name : {"capture_find", "capture_insert", "commit"}) {
    EXPECT_NE(scrape.find("db_client_operation_duration_seconds_count{db_operation_name=\"" +
                          std::string(name) + "\",db_system_name=\"" + test_database_->system() +
                          "\"} 1"),
              std::string::npos)
        << name << "\n"
        << scrape;
  }
}

TEST_F(DatabaseTest, CountsFailuresUnderTheQuerysName) {
  ASSERT_TRUE(database_->Run({"fine", "SELECT 1"}, {}));
  ASSERT_FALSE(database_->Run({"nonsense", "SELECT nothing FROM nowhere"}, {}));
  ASSERT_TRUE(database_->Run({"insert", "INSERT INTO t (id) VALUES (1)"}, {}));
  ASSERT_FALSE(database_->Run({"insert", "INSERT INTO t (id) VALUES (1)"}, {}));
  const std::string scrape = metrics_.Scrape();
  const auto counts = [&scrape](const std::string& operation, int count) {
    EXPECT_NE(scrape.find("matinee_sql_errors_total{operation=\"" + operation + "\"} " +
                          std::to_string(count) + "\n"),
              std::string::npos)
        << operation << "\n"
        << scrape;
  };
  counts("fine", 0);
  counts("nonsense", 1);
  counts("insert", 0);  // That a table's rule refuses a row is an answer.
}

}  // namespace
}  // namespace matinee::sql
