// Fencing: attempts that a row does not name change nothing, nor do leaders of older terms.
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "capture/store.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::seconds;

Error Trouble() {
  return Error{Code::kUnavailable, "not now"};
}

class AttemptTest : public StoreTest {};

TEST_F(AttemptTest, AClaimCountsTheAttemptAndTheTry) {
  const Capture asked = AskForScreenshot();
  const Capture claimed = Claim(asked.id);
  EXPECT_EQ(claimed.phase, Phase::kRunning);
  EXPECT_EQ(claimed.attempt, 1);
  EXPECT_EQ(claimed.tries, 1);
}

TEST_F(AttemptTest, ExactlyOneOfEightThreadsClaimsARow) {
  for (int round = 0; round < 20; ++round) {
    const Capture asked = AskForScreenshot();
    std::atomic<int> won{0};
    std::barrier start(8);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto claimed = store_->jobs().Claim(asked.id);
        if (claimed && *claimed) ++won;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(Row(asked.id).attempt, 1);
  }
}

TEST_F(AttemptTest, ARunningOrTerminalRowIsNotClaimed) {
  for (const auto phase :
       {Phase::kRunning, Phase::kComplete, Phase::kFailed, Phase::kCancelled, Phase::kDeleting}) {
    const auto claimed = store_->jobs().Claim(In(phase).id);
    ASSERT_TRUE(claimed);
    EXPECT_FALSE(*claimed) << ToString(phase);
  }
  const auto claimed = store_->jobs().Claim("no such id");
  ASSERT_TRUE(claimed);
  EXPECT_FALSE(*claimed);
}

TEST_F(AttemptTest, CompleteStoresWhatTheFileHolds) {
  const Capture capture = In(Phase::kRunning);
  clock_.Advance(seconds(3));
  CaptureResult result;
  result.timestamp_seconds = 99.5;
  result.duration_seconds = 31.25;
  result.file_size_bytes = 5'000'000'000;
  result.width = 1920;
  result.height = 800;
  result.has_thumbnail = true;
  result.file_name = capture.id + ".7.jpg";
  EXPECT_TRUE(*store_->jobs().Complete(capture.id, capture.attempt, ValuesOf(result)));
  const Capture complete = Row(capture.id);
  EXPECT_EQ(complete.phase, Phase::kComplete);
  EXPECT_EQ(complete.timestamp_seconds, 99.5);
  EXPECT_EQ(complete.duration_seconds, 31.25);
  EXPECT_EQ(complete.file_size_bytes, 5'000'000'000);
  EXPECT_EQ(complete.width, 1920);
  EXPECT_EQ(complete.height, 800);
  EXPECT_TRUE(complete.has_thumbnail);
  EXPECT_EQ(complete.file_name, capture.id + ".7.jpg");
  EXPECT_EQ(complete.updated_at, kNoon + seconds(3));
  EXPECT_EQ(complete.created_at, kNoon);
}

TEST_F(AttemptTest, ProgressIsStored) {
  const Capture capture = In(Phase::kRunning);
  clock_.Advance(seconds(3));
  EXPECT_TRUE(*store_->jobs().SetProgress(capture.id, capture.attempt, 0.5));
  EXPECT_EQ(Row(capture.id).progress, 0.5);
  EXPECT_EQ(Row(capture.id).updated_at, kNoon + seconds(3));
}

TEST_F(AttemptTest, AFailureIsStoredWithItsError) {
  const Capture capture = In(Phase::kRunning);
  EXPECT_TRUE(*store_->jobs().MarkFailed(capture.id, capture.attempt,
                                         {Code::kMediaError, "bytes \xFF\n\x01 of FFmpeg"}));
  const Capture failed = Row(capture.id);
  EXPECT_EQ(failed.phase, Phase::kFailed);
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->code, Code::kMediaError);
  EXPECT_EQ(failed.error->message, "bytes \\xFF\\x0A\\x01 of FFmpeg");
}

TEST_F(AttemptTest, SuccessClearsTheErrorOfTheAttemptBefore) {
  const Capture capture = In(Phase::kRetrying);
  const Capture again = Claim(capture.id);
  EXPECT_TRUE(*store_->jobs().Complete(capture.id, again.attempt, ValuesOf(MadeBy(again))));
  EXPECT_FALSE(Row(capture.id).error);
}

// Tries every write of an attempt with one that the row does not name any more.
TEST_F(AttemptTest, AStaleAttemptChangesNothing) {
  const auto change_nothing = [this](const Capture& stale) {
    const Phase before = Row(stale.id).phase;
    EXPECT_FALSE(*store_->jobs().SetProgress(stale.id, stale.attempt, 0.5));
    EXPECT_FALSE(*store_->jobs().Complete(stale.id, stale.attempt, ValuesOf(CaptureResult{})));
    EXPECT_FALSE(*store_->jobs().MarkFailed(stale.id, stale.attempt, Trouble()));
    EXPECT_FALSE(*store_->jobs().MarkRetrying(stale.id, stale.attempt, Trouble(), {}));
    EXPECT_FALSE(*store_->jobs().Requeue(stale.id, stale.attempt));
    EXPECT_EQ(Row(stale.id).phase, before);
  };
  for (const auto phase : {Phase::kRetrying, Phase::kComplete, Phase::kFailed}) {
    change_nothing(In(phase));
  }
  const Capture cancelled = In(Phase::kRunning);
  ASSERT_TRUE(store_->Cancel(cancelled.id));
  change_nothing(cancelled);

  const Capture retried_later = In(Phase::kRetrying);
  Claim(retried_later.id);
  change_nothing(retried_later);

  const Capture requeued = In(Phase::kRunning);
  EXPECT_TRUE(*store_->jobs().Requeue(requeued.id, requeued.attempt));
  Claim(requeued.id);
  change_nothing(requeued);

  ASSERT_TRUE(store_->Retry(cancelled.id));
  Claim(cancelled.id);
  change_nothing(cancelled);
}

TEST_F(AttemptTest, AnAttemptOfADeletedRowChangesNothing) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_TRUE(store_->SoftDelete(capture.id));
  EXPECT_FALSE(*store_->jobs().Complete(capture.id, capture.attempt, ValuesOf(CaptureResult{})));
  ASSERT_TRUE(store_->Purge(capture.id));
  EXPECT_FALSE(*store_->jobs().Complete(capture.id, capture.attempt, ValuesOf(CaptureResult{})));
}

TEST_F(AttemptTest, ARequeuedAttemptDoesNotCountAsATry) {
  const Capture capture = In(Phase::kRunning);
  EXPECT_TRUE(*store_->jobs().Requeue(capture.id, capture.attempt));
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(capture.id).tries, 0);
  const Capture again = Claim(capture.id);
  EXPECT_EQ(again.tries, 1);
  EXPECT_GT(again.attempt, capture.attempt);
}

// --- Crashes -----------------------------------------------------------------------------------

TEST_F(AttemptTest, ATakeoverCountsACrashAndAnAttemptButNoTry) {
  const Capture first = In(Phase::kRunning);
  clock_.Advance(seconds(9));
  ASSERT_TRUE(*store_->jobs().SetProgress(first.id, first.attempt, 0.5));
  const Capture second = Claim(first.id, /*take_over=*/true);
  EXPECT_EQ(second.phase, Phase::kRunning);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(second.tries, 1);
  EXPECT_EQ(second.crashes, 1);
  EXPECT_EQ(second.progress, 0);
  EXPECT_EQ(second.updated_at, kNoon + seconds(9));
  const Capture third = Claim(first.id, /*take_over=*/true);
  EXPECT_EQ(third.attempt, 3);
  EXPECT_EQ(third.tries, 1);
  EXPECT_EQ(third.crashes, 2);
}

TEST_F(AttemptTest, AQueuedRowIsClaimedAsUsualWithTakeOver) {
  for (const auto phase : {Phase::kQueued, Phase::kRetrying}) {
    const Capture waiting = In(phase);
    const int tries = Row(waiting.id).tries;
    const Capture claimed = Claim(waiting.id, /*take_over=*/true);
    EXPECT_EQ(claimed.phase, Phase::kRunning);
    EXPECT_EQ(claimed.tries, tries + 1) << ToString(phase);
    EXPECT_EQ(claimed.crashes, 0) << ToString(phase);
  }
}

TEST_F(AttemptTest, ATerminalRowIsNotTakenOver) {
  for (const auto phase : {Phase::kComplete, Phase::kFailed, Phase::kCancelled, Phase::kDeleting}) {
    const auto claimed = store_->jobs().Claim(In(phase).id, /*take_over=*/true);
    ASSERT_TRUE(claimed);
    EXPECT_FALSE(*claimed) << ToString(phase);
  }
}

TEST_F(AttemptTest, AnAttemptThatWasTakenOverChangesNothing) {
  const Capture late = In(Phase::kRunning);
  Claim(late.id, /*take_over=*/true);
  EXPECT_FALSE(*store_->jobs().SetProgress(late.id, late.attempt, 0.5));
  EXPECT_FALSE(*store_->jobs().Complete(late.id, late.attempt, ValuesOf(MadeBy(late))));
  EXPECT_FALSE(*store_->jobs().MarkFailed(late.id, late.attempt, Trouble()));
  EXPECT_FALSE(*store_->jobs().MarkRetrying(late.id, late.attempt, Trouble(), {}));
  EXPECT_FALSE(*store_->jobs().Requeue(late.id, late.attempt));
  EXPECT_FALSE(*store_->jobs().RequeueOrphan(late.id, late.attempt, Trouble(), *term_));
  EXPECT_EQ(Row(late.id).phase, Phase::kRunning);
  EXPECT_EQ(Row(late.id).attempt, 2);
}

TEST_F(AttemptTest, ARequeuedTakeoverDoesNotCountAsATry) {
  const Capture first = In(Phase::kRunning);
  const Capture second = Claim(first.id, /*take_over=*/true);
  EXPECT_TRUE(*store_->jobs().Requeue(second.id, second.attempt));
  EXPECT_EQ(Row(first.id).tries, 0);
  EXPECT_EQ(Claim(first.id).tries, 1);
  EXPECT_EQ(Row(first.id).crashes, 1);
}

TEST_F(AttemptTest, AnOrphanIsRequeuedAndCountsAsACrash) {
  const Capture capture = In(Phase::kRunning);
  clock_.Advance(seconds(9));
  const auto now = store_->jobs().RequeueOrphan(capture.id, capture.attempt, Trouble(), *term_);
  ASSERT_TRUE(now && *now);
  const Capture orphan = FromRow(**now).value();
  EXPECT_EQ(orphan.phase, Phase::kQueued);
  EXPECT_EQ(orphan.crashes, 1);
  EXPECT_EQ(orphan.tries, 0);
  EXPECT_EQ(orphan.attempt, 1);
  EXPECT_EQ(orphan.error->message, Trouble().message);
  EXPECT_EQ(orphan.updated_at, kNoon + seconds(9));
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

TEST_F(AttemptTest, AnOrphanFailsAfterTooManyCrashes) {
  const Capture capture = AskForScreenshot();
  for (int crashes = 1; crashes <= jobs::kCrashesMax; ++crashes) {
    Claim(capture.id);
    Crash(capture.id);
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_EQ(Row(capture.id).crashes, crashes);
  }
  Claim(capture.id);
  Crash(capture.id);
  EXPECT_EQ(Row(capture.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(capture.id).crashes, jobs::kCrashesMax + 1);
}

TEST_F(AttemptTest, OnlyARunningRowIsAnOrphan) {
  for (const auto phase : {Phase::kQueued, Phase::kRetrying, Phase::kComplete, Phase::kFailed,
                           Phase::kCancelled, Phase::kDeleting}) {
    const Capture capture = In(phase);
    EXPECT_FALSE(*store_->jobs().RequeueOrphan(capture.id, capture.attempt, Trouble(), *term_))
        << ToString(phase);
  }
}

TEST_F(AttemptTest, ARetryClearsTheCrashes) {
  const Capture capture = In(Phase::kRunning);
  const Capture second = Claim(capture.id, /*take_over=*/true);
  EXPECT_TRUE(*store_->jobs().MarkFailed(second.id, second.attempt, Trouble()));
  const auto retried = store_->Retry(capture.id);
  ASSERT_TRUE(retried);
  EXPECT_EQ(retried->crashes, 0);
  EXPECT_EQ(retried->attempt, 2) << "attempt numbers are never reused";
}

// --- Leaders -----------------------------------------------------------------------------------

class TermTest : public StoreTest {};

TEST_F(TermTest, ATermMustBeHigherThanAllBefore) {
  EXPECT_EQ(jobs::LastTerm(*database_), 1);
  for (const coord::Term term : {1, 0, -5}) {
    const Status begun = jobs::BeginTerm(*database_, term);
    ASSERT_FALSE(begun) << term;
    EXPECT_EQ(begun.error().code, Code::kConflict);
  }
  EXPECT_EQ(jobs::LastTerm(*database_), 1);
  EXPECT_TRUE(jobs::BeginTerm(*database_, 7));
  EXPECT_EQ(jobs::LastTerm(*database_), 7);
  EXPECT_FALSE(jobs::BeginTerm(*database_, 7));
  EXPECT_FALSE(jobs::BeginTerm(*database_, 6));
  EXPECT_EQ(jobs::LastTerm(*database_), 7);
}

TEST_F(TermTest, ExactlyOneOfEightThreadsBeginsATerm) {
  for (coord::Term term = 2; term < 12; ++term) {
    std::atomic<int> begun{0};
    std::barrier start(8);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        if (jobs::BeginTerm(*database_, term)) ++begun;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(begun, 1);
  }
}

TEST_F(TermTest, AStaleTermChangesNoRow) {
  const Capture running = In(Phase::kRunning);
  const Capture deleting = In(Phase::kDeleting);
  BeginTerm(2);
  for (const coord::Term stale : {1, 3}) {
    const auto now = store_->jobs().RequeueOrphan(running.id, running.attempt, Trouble(), stale);
    ASSERT_TRUE(now);
    EXPECT_FALSE(*now) << stale;
    EXPECT_TRUE(store_->Purge(deleting.id, stale));
  }
  EXPECT_EQ(Row(running.id).phase, Phase::kRunning);
  EXPECT_EQ(Row(running.id).crashes, 0);
  EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
  EXPECT_TRUE(*store_->jobs().RequeueOrphan(running.id, running.attempt, Trouble(), 2));
  EXPECT_TRUE(store_->Purge(deleting.id, 2));
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(TermTest, ADeletionByAUserNeedsNoTerm) {
  const Capture deleting = In(Phase::kDeleting);
  BeginTerm(2);
  EXPECT_TRUE(store_->Purge(deleting.id));
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(TermTest, ALeaderPurgesOnlyDeletedRows) {
  const Capture capture = In(Phase::kComplete);
  EXPECT_TRUE(store_->Purge(capture.id, *term_));
  EXPECT_TRUE(Exists(capture.id));
}

TEST_F(TermTest, TermsFailWhileTheDatabaseIsUnavailable) {
  database_->FailOn("leadership_epoch");
  EXPECT_EQ(jobs::LastTerm(*database_).error().code, Code::kUnavailable);
  database_->FailOn("leadership_begin");
  EXPECT_EQ(jobs::BeginTerm(*database_, 2).error().code, Code::kUnavailable);
  EXPECT_EQ(jobs::LastTerm(*database_), 1);
}

}  // namespace
}  // namespace matinee::capture
