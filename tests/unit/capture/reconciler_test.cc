// Reconciliation after crashes, full queues and database failures.
#include "jobs/reconciler.h"

#include <chrono>
#include <ostream>
#include <set>
#include <string>

#include "capture/orphaned_files.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::seconds;

// --- Crashes ---------------------------------------------------------------------------------

class CrashRecoveryTest : public CaptureFixture {
 protected:
  // Publishes the files of an attempt that crashes before its commit.
  void Publish(const Capture& claimed) {
    const RenderedFiles made = renderer_.Make(claimed);
    const std::string name = FileName(claimed.id, claimed.spec.type, claimed.attempt);
    ASSERT_TRUE(files_.Publish(made.file_path, name));
    ASSERT_TRUE(files_.Publish(made.thumbnail_path, ThumbnailName(name)));
  }
};

TEST_F(CrashRecoveryTest, ARunningCaptureIsRequeuedAndCompletes) {
  const Capture capture = In(Phase::kRunning);
  Restart();
  Reconcile();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(capture.id).error->code, Code::kInternal);
  ASSERT_TRUE(WorkOnce());
  const Capture made = Row(capture.id);
  EXPECT_EQ(made.phase, Phase::kComplete);
  EXPECT_EQ(made.attempt, 2);
  EXPECT_EQ(made.crashes, 1);
  EXPECT_EQ(made.tries, 1) << "an attempt that crashed does not count as a try";
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_F(CrashRecoveryTest, ARequeuePublishesAnEvent) {
  const Capture capture = In(Phase::kRunning);
  std::set<std::string> received;
  events_.Subscribe(kCaptureTopic,
                    [&](const coord::Event& event) { received.insert(event.payload); });
  Reconcile();
  EXPECT_EQ(received, std::set<std::string>({capture.id}));
}

TEST_F(CrashRecoveryTest, QueuedAndRetryingCapturesComplete) {
  const Capture queued = SubmitTap();
  const Capture retrying = In(Phase::kRetrying);
  Restart();
  Reconcile();
  while (WorkOnce()) continue;
  EXPECT_EQ(Row(queued.id).phase, Phase::kComplete);
  EXPECT_EQ(Row(retrying.id).phase, Phase::kComplete);
}

TEST_F(CrashRecoveryTest, ADeletingCaptureIsRemoved) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(store_->SoftDelete(capture.id));
  Restart();
  Reconcile();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(CrashRecoveryTest, OrphanedFilesAreRemoved) {
  const Capture capture = In(Phase::kRunning);
  Publish(capture);
  Restart();
  Reconcile();
  EXPECT_TRUE(Files().empty());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Files(), FilesOf(capture));
  EXPECT_EQ(ContentOf(capture), "attempt 2");
}

TEST_F(CrashRecoveryTest, FilesOfAllAttemptsOfADeletedCaptureAreRemoved) {
  const Capture capture = In(Phase::kRunning);
  Publish(capture);
  Publish(Claim(capture.id, /*take_over=*/true));
  ASSERT_TRUE(store_->SoftDelete(capture.id));
  Restart();
  Reconcile();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(CrashRecoveryTest, ACaptureFailsAfterTooManyCrashes) {
  const Capture capture = In(Phase::kRunning);
  for (int crashes = 1; crashes <= jobs::kCrashesMax; ++crashes) {
    Restart();
    Reconcile();
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_EQ(Row(capture.id).crashes, crashes);
    Publish(Claim(capture.id));
  }
  Restart();
  Reconcile();
  EXPECT_EQ(Row(capture.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(capture.id).error->code, Code::kInternal);
  EXPECT_EQ(Row(capture.id).error->message, jobs::CrashesError().message);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(capture));
}

TEST_F(CrashRecoveryTest, ADatabaseFailureIsReturned) {
  for (const char* query :
       {"capture_in_progress", "capture_due", "capture_without_poster", "capture_deleting"}) {
    database_->FailOn(query);
    EXPECT_FALSE(reconciler_->ReconcileOnce()) << query;
  }
  const Capture capture = In(Phase::kRunning);
  database_->FailOn("capture_interrupted");
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  Reconcile();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

// --- A database that fails -------------------------------------------------------------------

struct DatabaseFailure {
  const char* query;
  UnreliableDatabase::Failure failure;
};

std::ostream& operator<<(std::ostream& out, const DatabaseFailure& f) {
  return out << f.query;
}

class DatabaseFailureTest : public CaptureFixture,
                            public testing::WithParamInterface<DatabaseFailure> {
 protected:
  // Ends the failure and runs rounds until the capture is terminal.
  Capture ReconcileToTheEnd(const Capture& capture) {
    database_->Recover();
    for (int round = 0; round < 4 && !IsTerminal(Row(capture.id).phase); ++round) {
      clock_.Advance(seconds(10));
      Reconcile();
      WorkOnce();
    }
    return Row(capture.id);
  }
};

constexpr auto kBefore = UnreliableDatabase::Failure::kBefore;
constexpr auto kAfter = UnreliableDatabase::Failure::kAfter;

INSTANTIATE_TEST_SUITE_P(AtEveryPoint, DatabaseFailureTest,
                         testing::Values(DatabaseFailure{"capture_claim", kBefore},
                                         DatabaseFailure{"capture_claim", kAfter},
                                         DatabaseFailure{"capture_complete", kBefore},
                                         DatabaseFailure{"capture_complete", kAfter}),
                         [](const auto& tested) {
                           return std::string(tested.param.query) +
                                  (tested.param.failure == kBefore ? "_fails" : "_answer_lost");
                         });

TEST_P(DatabaseFailureTest, ACaptureCompletesInTheEndWithoutOrphanedFiles) {
  const Capture capture = SubmitTap();
  database_->FailOn(GetParam().query, 1, 1, GetParam().failure);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(ReconcileToTheEnd(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(DatabaseFailureTest, ACaptureCompletesEvenIfTheFailureCannotBeStored) {
  const Capture capture = SubmitTap();
  database_->FailOn(GetParam().query, 1, 1, GetParam().failure);
  for (const char* query : {"capture_retry_later", "capture_fail", "capture_requeue"}) {
    database_->FailOn(query, 1, 1000);
  }
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(ReconcileToTheEnd(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(DatabaseFailureTest, AFailureIsStoredInTheEnd) {
  renderer_.FailWith(Code::kMediaError);
  const Capture capture = SubmitTap();
  database_->FailOn("capture_fail");
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(ReconcileToTheEnd(capture).phase, Phase::kFailed);
  EXPECT_TRUE(Files().empty());
}

// --- Rounds ----------------------------------------------------------------------------------

class ReconcilerTest : public CaptureFixture {};

TEST_F(ReconcilerTest, ARunningCaptureIsNotTouched) {
  renderer_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    RenderedFiles half = renderer_.Make(capture);
    Reconcile();
    EXPECT_EQ(Row(capture.id).phase, Phase::kRunning);
    EXPECT_FALSE(ReceiveJob());
    return half;
  });
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(Row(capture.id).crashes, 0);
  EXPECT_EQ(Files(), FilesOf(capture));
}

// A worker of another process has received the job.
TEST_F(ReconcilerTest, ALiveJobOfAnotherProcessIsNotTouched) {
  const Capture running = In(Phase::kRunning);
  ASSERT_TRUE(queue_->Enqueue(JobOf(running)));
  ASSERT_TRUE(ReceiveJob());
  Reconcile();
  EXPECT_EQ(Row(running.id).phase, Phase::kRunning);
  EXPECT_EQ(Row(running.id).crashes, 0);
  ASSERT_TRUE(queue_->Ack(DeliveryOf(running)));
  Reconcile();
  EXPECT_EQ(Row(running.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(running.id).crashes, 1);
}

TEST_F(ReconcilerTest, ADeletedCaptureWithALiveJobIsNotTouched) {
  renderer_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    EXPECT_TRUE(service_->Delete(capture.id));
    Reconcile();
    EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
    return renderer_.Make(capture);
  });
  SubmitTap();
  ASSERT_TRUE(WorkOnce());
  Reconcile();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
  EXPECT_TRUE(Files().empty());
}

TEST_F(ReconcilerTest, EachCaptureIsEnqueuedOnce) {
  SubmitTap();
  Reconcile();
  Reconcile();
  EXPECT_TRUE(ReceiveJob());
  EXPECT_FALSE(ReceiveJob());
}

TEST_F(ReconcilerTest, AFullQueueDoesNotBlockTheOthers) {
  for (size_t i = 0; i < kTestQueues[0].jobs_max; ++i) {
    ASSERT_TRUE(queue_->Enqueue(
        {.queue = kScreenshotQueue, .kind = kCaptureKind, .subject = "job " + std::to_string(i)}));
  }
  const Capture screenshot = AskNew(ScreenshotAt(100));  // Is enqueued before clips.
  const Capture clip = AskNew(ClipOf(200, 210));
  Reconcile();
  EXPECT_FALSE(IsLive(screenshot));
  EXPECT_TRUE(IsLive(clip));
}

TEST_F(ReconcilerTest, ARowThatCannotBeRemovedDoesNotBlockTheOthers) {
  for (int i = 0; i < 3; ++i) {
    const Capture capture = SubmitTap();
    ASSERT_TRUE(WorkOnce());
    ASSERT_TRUE(store_->SoftDelete(capture.id));
  }
  database_->FailOn("capture_forget_as_leader");
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
}

TEST_F(ReconcilerTest, AFileThatCannotBeRemovedDoesNotBlockTheRound) {
  const Capture resisting = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(store_->SoftDelete(resisting.id));
  files_.removable = false;
  const Capture due = In(Phase::kQueued);
  renderer_.Make(In(Phase::kFailed));
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  EXPECT_TRUE(IsLive(due));
  EXPECT_EQ(Files(),
            std::set<std::string>({resisting.file_name, ThumbnailName(resisting.file_name)}))
      << "the temporary files are gone";
}

TEST_F(ReconcilerTest, TemporaryFilesWithoutALiveJobAreRemoved) {
  const Capture live = SubmitTap();
  ASSERT_TRUE(ReceiveJob());
  const RenderedFiles kept = renderer_.Make(live);
  renderer_.Make(In(Phase::kFailed));
  Capture unknown = live;
  unknown.id = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";
  renderer_.Make(unknown);
  WriteTextFile(files_.TemporaryPath(kPosterKind, live.id + ".jpg").value(), "of no poster's job");
  WriteTextFile(files_.TemporaryPath(kPosterKind, unknown.id + ".jpg").value(), "of no job");
  WriteTextFile(files_.TemporaryPath("ingest", unknown.id + ".mp4").value(), "not a capture's");
  WriteTextFile(folder_.File("captures/.tmp/" + unknown.id + ".1.mp4"), "of version 0.1.0");
  EXPECT_EQ(Files().size(), 10U);
  Reconcile();
  const std::string other = ".tmp/ingest." + unknown.id + ".mp4";
  std::set<std::string> left = {other};
  for (const std::string& path : {kept.file_path, kept.thumbnail_path}) {
    left.insert(".tmp/" + path.substr(path.rfind('/') + 1));
  }
  EXPECT_EQ(Files(), left);
  ASSERT_TRUE(service_->Cancel(live.id));
  ASSERT_TRUE(queue_->Ack(DeliveryOf(live)));
  Reconcile();
  EXPECT_EQ(Files(), std::set<std::string>({other}));
}

// The queue loses its jobs just before the claim, so this round has not seen the row running.
TEST_F(ReconcilerTest, TemporaryFilesOfARunningRowWithoutAJobStay) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(ReceiveJob());
  files_.on_list = [&] {
    renderer_.Make(Claim(capture.id));
    EXPECT_TRUE(queue_->Ack(DeliveryOf(capture)));
  };
  Reconcile();
  EXPECT_EQ(Files().size(), 2U);
  Reconcile();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

TEST_F(ReconcilerTest, NothingChangesWhileTheQueueIsUnreachable) {
  const Capture running = In(Phase::kRunning);
  renderer_.Make(running);
  const std::set<std::string> files = Files();
  queue_->reachable = false;
  const Status reconciled = reconciler_->ReconcileOnce();
  ASSERT_FALSE(reconciled);
  EXPECT_EQ(reconciled.error().code, Code::kUnavailable);
  EXPECT_EQ(Row(running.id).phase, Phase::kRunning);
  EXPECT_EQ(Files(), files);
}

TEST_F(ReconcilerTest, AStartedReconcilerEnqueuesDueCaptures) {
  worker_->Start();
  const Capture capture = In(Phase::kQueued);
  reconciler_->Start();
  EXPECT_EQ(WaitFor(capture.id).Get()->phase, Phase::kComplete);
  reconciler_->Stop();
}

// --- Leaders ---------------------------------------------------------------------------------

class ReconcilerLeaderTest : public CaptureFixture {
 protected:
  ReconcilerLeaderTest() {
    renderer_.Make(running_row_);
    EXPECT_TRUE(store_->SoftDelete(deleting_.id));
  }
  void ExpectNoChange() {
    EXPECT_EQ(Row(running_row_.id).phase, Phase::kRunning);
    EXPECT_FALSE(IsLive(queued_));
    EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
  }

  const Capture running_row_ = In(Phase::kRunning);
  const Capture queued_ = In(Phase::kQueued);
  const Capture deleting_ = In(Phase::kComplete);
};

TEST_F(ReconcilerLeaderTest, AProcessThatDoesNotLeadDoesNothing) {
  term_.reset();
  const std::set<std::string> files = Files();
  Reconcile();
  ExpectNoChange();
  EXPECT_EQ(Files(), files);
}

TEST_F(ReconcilerLeaderTest, AStaleLeaderIsRefusedByTheQueue) {
  ASSERT_TRUE(jobs::BeginTerm(*database_, 2));
  queue_->last_term = 2;
  const Status reconciled = reconciler_->ReconcileOnce();
  ASSERT_FALSE(reconciled);
  EXPECT_EQ(reconciled.error().code, Code::kConflict);
  ExpectNoChange();
}

// The queue does not know the new term yet: the term in the database decides.
TEST_F(ReconcilerLeaderTest, AStaleLeaderChangesNoRow) {
  ASSERT_TRUE(jobs::BeginTerm(*database_, 2));
  Reconcile();
  EXPECT_EQ(Row(running_row_.id).phase, Phase::kRunning);
  EXPECT_EQ(Row(running_row_.id).crashes, 0);
  EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
  term_ = 2;
  Reconcile();
  EXPECT_EQ(Row(running_row_.id).phase, Phase::kQueued);
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

// --- Metrics ---------------------------------------------------------------------------------

class ReconcilerMetricsTest : public CaptureFixture {
 protected:
  void Expect(const std::string& line) {
    const std::string scrape = metrics_.Scrape();
    EXPECT_NE(scrape.find(line + "\n"), std::string::npos) << line << "\n" << scrape;
  }
};

TEST_F(ReconcilerMetricsTest, AProcessThatNeverLedCountsNoCaptures) {
  EXPECT_EQ(metrics_.Scrape().find("matinee_captures{"), std::string::npos);
}

TEST_F(ReconcilerMetricsTest, TheLeaderCountsTheCapturesOfEachPhase) {
  In(Phase::kFailed);
  In(Phase::kComplete);
  In(Phase::kComplete);
  Reconcile();
  Expect(R"(matinee_captures{phase="failed"} 1)");
  Expect(R"(matinee_captures{phase="complete"} 2)");
  Expect(R"(matinee_captures{phase="queued"} 0)");
}

TEST_F(ReconcilerMetricsTest, AFormerLeaderReportsZero) {
  In(Phase::kComplete);
  Reconcile();
  term_.reset();
  Reconcile();
  Expect(R"(matinee_captures{phase="complete"} 0)");
}

TEST_F(ReconcilerMetricsTest, CountsAreRefreshedWithinFiveRounds) {
  Reconcile();
  In(Phase::kFailed);
  for (int round = 0; round < 5; ++round) Reconcile();
  Expect(R"(matinee_captures{phase="failed"} 1)");
}

TEST_F(ReconcilerMetricsTest, RoundsAreCountedByOutcome) {
  Expect(R"(matinee_reconciles_total{outcome="ok"} 0)");
  Reconcile();
  Expect(R"(matinee_reconciles_total{outcome="ok"} 1)");
  database_->FailOn("capture_in_progress", 1);
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  Expect(R"(matinee_reconciles_total{outcome="failed"} 1)");
  term_.reset();
  Reconcile();
  Expect(R"(matinee_reconciles_total{outcome="ok"} 1)");
}

}  // namespace
}  // namespace matinee::capture
