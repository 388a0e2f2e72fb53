#include "jobs/job_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "jobs/retry_policy.h"
#include "tests/unit/jobs/jobs_fixture.h"

namespace matinee::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Error kError{Code::kUnavailable, "not now"};

class JobTableTest : public RowsFixture {
 protected:
  void Insert(const std::string& id) {
    const auto inserted = table_.Insert(id, {"a note", nullptr});
    ASSERT_TRUE(inserted) << inserted.error().message;
    ASSERT_TRUE(*inserted) << id << " exists";
  }
  bool CanClaim(const std::string& id, bool take_over = false) {
    const auto claimed = table_.Claim(id, take_over);
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed && *claimed;
  }
  JobState Row(const std::string& id) { return StateOf(table_, id); }
  // Inserts a job and claims it: attempt 1.
  void InsertRunning(const std::string& id) {
    Insert(id);
    ASSERT_TRUE(CanClaim(id));
  }
  static std::vector<std::string> IdsOf(const Result<sql::Rows>& rows) {
    EXPECT_TRUE(rows) << rows.error().message;
    std::vector<std::string> ids;
    for (const sql::Row& row : rows.value_or(sql::Rows())) ids.push_back(row.Text(0));
    return ids;
  }
  static Code CodeOf(const Status& status) {
    EXPECT_FALSE(status);
    return status ? Code::kInternal : status.error().code;
  }
  template <typename T>
  static Code CodeOf(const Result<T>& result) {
    return CodeOf(result ? Status() : Status(Fail(result.error())));
  }
  using Ids = std::vector<std::string>;

  JobTable table_{*database_, clock_, TaskSpec()};
};

TEST_F(JobTableTest, AnInsertedJobIsQueuedAndHasItsOwnColumns) {
  const auto inserted = table_.Insert("a", {"a note", nullptr}, std::nullopt, "00-trace");
  ASSERT_TRUE(inserted && *inserted);
  const JobState state = table_.StateOf(**inserted).value();
  EXPECT_EQ(state.phase, Phase::kQueued);
  EXPECT_EQ(state.attempt, 0);
  EXPECT_EQ(state.tries, 0);
  EXPECT_FALSE(state.due_at);
  EXPECT_FALSE(state.error);
  EXPECT_EQ(state.traceparent, "00-trace");
  EXPECT_EQ(state.created_at, kNoon);
  EXPECT_EQ((*inserted)->Text(kJobStateColumns), "a note");
  EXPECT_TRUE((*inserted)->IsNull(kJobStateColumns + 1));
}

TEST_F(JobTableTest, ASecondInsertChangesNothing) {
  Insert("a");
  const auto again = table_.Insert("a", {"another note", nullptr});
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_EQ((**table_.Find("a")).Text(kJobStateColumns), "a note");
}

TEST_F(JobTableTest, FindReturnsNothingForAnUnknownId) {
  const auto found = table_.Find("a");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(JobTableTest, AScheduledJobIsNotClaimedBeforeItIsDue) {
  ASSERT_TRUE(table_.Insert("a", {"", nullptr}, kNoon + minutes(1)));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids());
  clock_.Advance(seconds(59));
  EXPECT_FALSE(CanClaim("a"));
  clock_.Advance(seconds(1));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids({"a"}));
  EXPECT_TRUE(CanClaim("a"));
}

TEST_F(JobTableTest, AJobIsClaimedOnce) {
  Insert("a");
  EXPECT_TRUE(CanClaim("a"));
  EXPECT_FALSE(CanClaim("a"));
  EXPECT_EQ(Row("a").phase, Phase::kRunning);
  EXPECT_EQ(Row("a").attempt, 1);
  EXPECT_EQ(Row("a").tries, 1);
  EXPECT_EQ(Row("a").crashes, 0);
}

TEST_F(JobTableTest, ATakeoverCountsACrashAndNotATry) {
  InsertRunning("a");
  EXPECT_TRUE(CanClaim("a", /*take_over=*/true));
  EXPECT_EQ(Row("a").attempt, 2);
  EXPECT_EQ(Row("a").tries, 1);
  EXPECT_EQ(Row("a").crashes, 1);
}

TEST_F(JobTableTest, AnEndedJobIsNotClaimedEvenByATakeover) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.Complete("a", 1, {"made"}));
  EXPECT_FALSE(CanClaim("a", /*take_over=*/true));
}

TEST_F(JobTableTest, CompleteStoresTheOwnValues) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.Complete("a", 1, {"made"}));
  EXPECT_EQ(Row("a").phase, Phase::kComplete);
  EXPECT_EQ(Row("a").progress, 1);
  EXPECT_EQ((**table_.Find("a")).Text(kJobStateColumns + 1), "made");
}

// Each write of an attempt that was taken over is refused.
TEST_F(JobTableTest, AnObsoleteAttemptWritesNothing) {
  InsertRunning("a");
  ASSERT_TRUE(CanClaim("a", /*take_over=*/true));
  EXPECT_FALSE(*table_.SetProgress("a", 1, 0.5));
  EXPECT_FALSE(*table_.Complete("a", 1, {"made"}));
  EXPECT_FALSE(*table_.MarkFailed("a", 1, kError));
  EXPECT_FALSE(*table_.MarkRetrying("a", 1, kError, seconds(1)));
  EXPECT_FALSE(*table_.Requeue("a", 1));
  EXPECT_FALSE(*table_.Reschedule("a", 1, seconds(1), std::nullopt));
  EXPECT_FALSE(*table_.RequeueOrphan("a", 1, kError, kTerm));
  EXPECT_EQ(Row("a").phase, Phase::kRunning);
  EXPECT_EQ(Row("a").progress, 0);
  EXPECT_FALSE(Row("a").error);
  EXPECT_TRUE(*table_.SetProgress("a", 2, 0.5));
  EXPECT_EQ(Row("a").progress, 0.5);
}

TEST_F(JobTableTest, ARetryingJobIsDueAfterItsDelay) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.MarkRetrying("a", 1, kError, seconds(4)));
  EXPECT_EQ(Row("a").phase, Phase::kRetrying);
  EXPECT_EQ(Row("a").due_at, kNoon + seconds(4));
  EXPECT_EQ(Row("a").error->message, "not now");
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids());
  clock_.Advance(seconds(4));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids({"a"}));
}

// Otherwise it would wait until the clock is there again.
TEST_F(JobTableTest, ARetryingJobIsDueOnceTheClockWasSetBack) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.MarkRetrying("a", 1, kError, seconds(4)));
  clock_.SetWall(kNoon - minutes(2 * 24 * 60));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids({"a"}));
  ASSERT_TRUE(CanClaim("a"));
  ASSERT_TRUE(*table_.MarkRetrying("a", 2, kError, seconds(4)));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids()) << "its pause counts by the new clock";
}

TEST_F(JobTableTest, APeriodicJobIsDueOnceTheClockWasSetBack) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.Reschedule("a", 1, minutes(60), std::nullopt));
  clock_.SetWall(kNoon - minutes(2 * 24 * 60));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids({"a"}));
  EXPECT_TRUE(CanClaim("a"));
}

// The clocks of two processes are not exactly equal.
TEST_F(JobTableTest, AClockThatIsALittleBehindChangesNothing) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.MarkRetrying("a", 1, kError, seconds(4)));
  clock_.SetWall(kNoon - seconds(10));
  EXPECT_EQ(IdsOf(table_.ListDue(10)), Ids());
}

TEST_F(JobTableTest, ARequeuedAttemptDoesNotCountAsATry) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.Requeue("a", 1));
  EXPECT_EQ(Row("a").phase, Phase::kQueued);
  EXPECT_EQ(Row("a").tries, 0);
  EXPECT_EQ(Row("a").attempt, 1);
}

TEST_F(JobTableTest, RescheduleClearsTheCountsButTheAttempt) {
  InsertRunning("a");
  ASSERT_TRUE(CanClaim("a", /*take_over=*/true));
  ASSERT_TRUE(*table_.Reschedule("a", 2, minutes(5), kError));
  const JobState state = Row("a");
  EXPECT_EQ(state.phase, Phase::kQueued);
  EXPECT_EQ(state.attempt, 2);
  EXPECT_EQ(state.tries, 0);
  EXPECT_EQ(state.crashes, 0);
  EXPECT_EQ(state.due_at, kNoon + minutes(5));
  EXPECT_EQ(state.error->code, Code::kUnavailable);
}

TEST_F(JobTableTest, AnOrphanIsRequeuedUntilItHasCrashedTooOften) {
  Insert("a");
  for (int crash = 1; crash <= kCrashesMax; ++crash) {
    ASSERT_TRUE(CanClaim("a"));
    ASSERT_TRUE(*table_.RequeueOrphan("a", crash, kError, kTerm));
    EXPECT_EQ(Row("a").phase, Phase::kQueued);
    EXPECT_EQ(Row("a").crashes, crash);
    EXPECT_EQ(Row("a").tries, 0);
  }
  ASSERT_TRUE(CanClaim("a"));
  ASSERT_TRUE(*table_.RequeueOrphan("a", kCrashesMax + 1, kError, kTerm));
  EXPECT_EQ(Row("a").phase, Phase::kFailed);
}

TEST_F(JobTableTest, AnEarlierLeaderRequeuesNothing) {
  InsertRunning("a");
  EXPECT_FALSE(*table_.RequeueOrphan("a", 1, kError, kTerm - 1));
  EXPECT_EQ(Row("a").phase, Phase::kRunning);
}

TEST_F(JobTableTest, AnUnfinishedJobIsCancelledOnceAndForAll) {
  InsertRunning("a");
  EXPECT_TRUE(table_.Cancel("a"));
  EXPECT_TRUE(table_.Cancel("a"));
  EXPECT_EQ(Row("a").phase, Phase::kCancelled);
  EXPECT_FALSE(*table_.Complete("a", 1, {"made"}));
  EXPECT_FALSE(CanClaim("a", /*take_over=*/true));
}

TEST_F(JobTableTest, ACompleteJobIsNotCancelledOrRetried) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.Complete("a", 1, {"made"}));
  EXPECT_EQ(CodeOf(table_.Cancel("a")), Code::kConflict);
  EXPECT_EQ(CodeOf(table_.Retry("a")), Code::kConflict);
}

TEST_F(JobTableTest, ARetriedJobIsDueNowAndItsAttemptGoesOn) {
  InsertRunning("a");
  ASSERT_TRUE(*table_.MarkFailed("a", 1, kError));
  ASSERT_TRUE(table_.Retry("a"));
  EXPECT_EQ(Row("a").tries, 0);
  EXPECT_FALSE(Row("a").error);
  ASSERT_TRUE(CanClaim("a"));
  EXPECT_EQ(Row("a").attempt, 2);
}

TEST_F(JobTableTest, OnlyAnEndedJobIsDiscarded) {
  InsertRunning("a");
  EXPECT_EQ(CodeOf(table_.Discard("a")), Code::kConflict);
  ASSERT_TRUE(*table_.MarkFailed("a", 1, kError));
  EXPECT_TRUE(table_.Discard("a"));
  EXPECT_FALSE(*table_.Find("a"));
}

TEST_F(JobTableTest, ChangesOfAnUnknownOrDeletingJobFailWithNotFound) {
  EXPECT_EQ(CodeOf(table_.Cancel("a")), Code::kNotFound);
  EXPECT_EQ(CodeOf(table_.Retry("a")), Code::kNotFound);
  EXPECT_EQ(CodeOf(table_.Discard("a")), Code::kNotFound);
  Insert("a");
  Set("tasks", "a", "phase = 'deleting'");
  EXPECT_EQ(CodeOf(table_.Cancel("a")), Code::kNotFound);
  EXPECT_EQ(CodeOf(table_.Retry("a")), Code::kNotFound);
  EXPECT_EQ(CodeOf(table_.Discard("a")), Code::kNotFound);
}

TEST_F(JobTableTest, ListsHaveTheirOrderAndLimit) {
  for (const char* id : {"a", "b", "c"}) {
    Insert(id);
    clock_.Advance(seconds(1));
  }
  EXPECT_EQ(IdsOf(table_.ListDue(2)), Ids({"a", "b"}));
  ASSERT_TRUE(CanClaim("b"));
  Insert("d");
  Set("tasks", "d", "phase = 'deleting'");
  EXPECT_EQ(IdsOf(table_.ListRunning(10)), Ids({"b"}));
  EXPECT_EQ(IdsOf(table_.List(std::nullopt, 10)), Ids({"c", "b", "a"}));
  EXPECT_EQ(IdsOf(table_.List(std::nullopt, 2)), Ids({"c", "b"}));
  EXPECT_EQ(IdsOf(table_.List(Phase::kQueued, 10)), Ids({"c", "a"}));
}

TEST_F(JobTableTest, CountsAreByPhase) {
  Insert("a");
  Insert("b");
  InsertRunning("c");
  const std::map<Phase, int64_t> expected = {{Phase::kQueued, 2}, {Phase::kRunning, 1}};
  EXPECT_EQ(table_.CountByPhase().value(), expected);
}

TEST_F(JobTableTest, ATableOfSeveralKindsListsAndCountsTheRowsOfOne) {
  JobTableSpec spec = TaskSpec();
  spec.only = "note = 'a note'";
  JobTable table(*database_, clock_, spec);
  InsertRunning("a");
  Insert("b");
  for (const char* id : {"other", "running"}) {
    ASSERT_TRUE(table_.Insert(id, {"another note", nullptr}));
  }
  ASSERT_TRUE(CanClaim("running"));
  EXPECT_EQ(IdsOf(table.ListDue(10)), Ids({"b"}));
  EXPECT_EQ(IdsOf(table.ListRunning(10)), Ids({"a"}));
  EXPECT_EQ(IdsOf(table.List(std::nullopt, 10)), Ids({"b", "a"}));
  const std::map<Phase, int64_t> expected = {{Phase::kQueued, 1}, {Phase::kRunning, 1}};
  EXPECT_EQ(table.CountByPhase().value(), expected);
}

TEST_F(JobTableTest, ANegativeCountIsAnError) {
  Insert("a");
  for (const char* column : {"attempt", "tries", "deaths"}) {
    Set("tasks", "a", std::string(column) + " = -1");
    const auto state = table_.StateOf(**table_.Find("a"));
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, Code::kInternal);
    EXPECT_EQ(state.error().message,
              "the row a of tasks is corrupt: " + std::string(column) + " is '-1'");
    Set("tasks", "a", std::string(column) + " = 0");
  }
}

TEST_F(JobTableTest, AnUnknownPhaseIsAnError) {
  Insert("a");
  std::vector<sql::Value::Variant> columns;
  const sql::Row row = **table_.Find("a");
  for (size_t i = 0; i < kJobStateColumns; ++i) columns.push_back(row.At(i).get());
  columns[1] = std::string("pa\nused");
  const auto state = table_.StateOf(sql::Row(columns));
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().message, "the row a of tasks is corrupt: phase is 'pa\\x0Aused'");
}

}  // namespace
}  // namespace matinee::jobs
