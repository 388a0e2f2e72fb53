// Failures of an attempt: retryable errors are retried, the row holds the error, and no file stays.
#include <chrono>
#include <string>

#include "jobs/retry_policy.h"
#include "jobs/worker.h"
#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RenderFailureTest : public WorkerTest, public testing::WithParamInterface<Code> {};

INSTANTIATE_TEST_SUITE_P(EveryCode, RenderFailureTest,
                         testing::Values(Code::kMalformed, Code::kUnauthenticated,
                                         Code::kPermissionDenied, Code::kNotFound, Code::kConflict,
                                         Code::kInvalidArgument, Code::kMediaError, Code::kInternal,
                                         Code::kBadGateway, Code::kUnavailable,
                                         Code::kDeadlineExceeded, Code::kInsufficientStorage),
                         [](const auto& tested) { return std::string(InfoOf(tested.param).name); });

TEST_P(RenderFailureTest, ARetryableErrorIsTriedFiveTimesAndOthersOnce) {
  renderer_.FailWith(GetParam());
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  int tries = 1;
  while (Row(asked.id).phase == Phase::kRetrying) {
    EXPECT_EQ(Row(asked.id).error->code, GetParam());
    WorkOn(asked);
    ++tries;
  }
  EXPECT_EQ(tries, InfoOf(GetParam()).retryable ? 5 : 1);
  EXPECT_EQ(renderer_.renders(), tries);
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(asked.id).error->code, GetParam());
  EXPECT_EQ(Row(asked.id).error->message,
            "the renderer says " + std::string(InfoOf(GetParam()).name));
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(asked));
  // A job that failed after all retries is a dead letter; one with a permanent error is not.
  const auto dead_letters = DeadLetters();
  ASSERT_EQ(dead_letters.size(), InfoOf(GetParam()).retryable ? 1U : 0U);
  for (const auto& letter : dead_letters) {
    EXPECT_EQ(letter.job.subject, asked.id);
    EXPECT_EQ(letter.reason, Row(asked.id).error->message);
  }
}

TEST_F(WorkerTest, DeadLettersAreCounted) {
  renderer_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const std::string counter = R"(matinee_jobs_dead_lettered_total{queue="screenshot"})";
  EXPECT_NE(Scraped().find(counter + " 0"), std::string::npos)
      << "it exists before the first event";
  for (int tries = 1; tries < jobs::kTriesMax; ++tries) WorkOn(asked);
  EXPECT_NE(Scraped().find(counter + " 1"), std::string::npos) << Scraped();
}

TEST_F(WorkerTest, TheDelayGrowsWithEachTry) {
  renderer_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(milliseconds(999));
  EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
  clock_.Advance(milliseconds(1));
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(milliseconds(1999));
  EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
  clock_.Advance(milliseconds(1));
  renderer_.Play(nullptr);
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(WorkerTest, AFullDiskIsRetriedAfterFifteenSeconds) {
  files_.Refuse(".jpg", Code::kInsufficientStorage);
  SubmitTap();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(seconds(14));
  EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
  clock_.Advance(seconds(1));
  EXPECT_EQ(store_->jobs().ListDue(10)->size(), 1U);
}

TEST_F(WorkerTest, RetriesHaveAJitter) {
  worker_options_.random = [] { return 0.0; };
  Restart();
  renderer_.FailWith(Code::kUnavailable);
  SubmitTap();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(milliseconds(799));
  EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(store_->jobs().ListDue(10)->size(), 1U);
}

TEST_F(WorkerTest, ARetryByAUserResetsTheTries) {
  renderer_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  while (WorkOn(asked).phase == Phase::kRetrying) continue;
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
  ASSERT_TRUE(service_->Retry(asked.id));
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  renderer_.Play(nullptr);
  EXPECT_EQ(WorkOn(asked).phase, Phase::kComplete);
}

TEST_F(WorkerTest, NoThumbnailStaysWithoutItsFile) {
  const Capture asked = SubmitTap();
  files_.refuse_once = [&](const std::string& name) { return name == asked.file_name; };
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  EXPECT_TRUE(Files().empty());
}

TEST_F(WorkerTest, NoFileStaysOfACaptureThatCannotBePublished) {
  files_.Refuse(".mp4", Code::kInsufficientStorage);
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  EXPECT_TRUE(Files().empty());
  while (WorkOn(asked).phase == Phase::kRetrying) continue;
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(asked.id).error->code, Code::kInsufficientStorage);
  EXPECT_TRUE(Files().empty());
}

TEST_F(WorkerTest, ACaptureCompletesOnceTheFolderIsWritable) {
  files_.Refuse(".jpg", Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(Files().empty());
  files_.AcceptAll();
  EXPECT_EQ(WorkOn(asked).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_EQ(ContentOf(asked), "attempt 2");
}

TEST_F(WorkerTest, AJobOfAnUnknownOrTerminalCaptureDoesNothing) {
  coord::Delivery unknown;
  unknown.job = {
      .queue = kClipQueue, .kind = kCaptureKind, .subject = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47"};
  worker_->Process(unknown);
  worker_->Process(DeliveryOf(In(Phase::kComplete)));
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(attempts_.count(), 0U);
}

// --- The database is unavailable -------------------------------------------------------------

class UnavailableDatabaseTest : public WorkerTest {
 protected:
  using Failure = UnreliableDatabase::Failure;

  void WaitForDatabase(milliseconds timeout = kTestTimeout) {
    worker_options_.database_retry_timeout = timeout;
    Restart();
  }
};

TEST_F(UnavailableDatabaseTest, ARenderedCaptureIsCommittedOnceTheDatabaseIsBack) {
  WaitForDatabase();
  database_->FailOn("capture_complete", 1, 2);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(database_->failures(), 2);
  EXPECT_EQ(renderer_.renders(), 1) << "it is not rendered twice";
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_EQ(Row(asked.id).attempt, 1);
  EXPECT_EQ(Files(), FilesOf(asked));
}

TEST_F(UnavailableDatabaseTest, ALostAnswerOfTheCommitIsRecognised) {
  WaitForDatabase();
  database_->FailOn("capture_complete", 1, 1, Failure::kAfter);
  database_->FailOn("capture_find", 1, 1);  // The read after it fails as well.
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.renders(), 1);
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_EQ(Row(asked.id).attempt, 1);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_NE(Scraped().find(R"(matinee_jobs_total{outcome="complete",queue="screenshot"} 1)"),
            std::string::npos)
      << Scraped();
}

TEST_F(UnavailableDatabaseTest, AFailureIsStoredOnceTheDatabaseIsBack) {
  WaitForDatabase();
  renderer_.FailWith(Code::kMediaError);
  database_->FailOn("capture_fail", 1, 1);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
}

TEST_F(UnavailableDatabaseTest, APosterIsStoredOnceTheDatabaseIsBack) {
  WaitForDatabase();
  const Capture asked = SubmitNew(100);
  renderer_.on_poster = [&](const auto&, const auto&) -> Status {
    if (renderer_.posters() == 1) database_->FailOn("capture_set_has_thumbnail");
    return {};
  };
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(database_->failures(), 1);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  clock_.Advance(seconds(2));
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(asked));
}

TEST_F(UnavailableDatabaseTest, ACaptureIsRenderedAgainAfterTheTimeout) {
  database_->FailOn("capture_complete", 1, 1);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(WorkOn(asked).phase, Phase::kComplete);
  EXPECT_EQ(renderer_.renders(), 2);
  EXPECT_EQ(Files(), FilesOf(asked));
}

TEST_F(UnavailableDatabaseTest, AnUnavailableDatabaseLeavesNoFile) {
  database_->FailOn("capture_complete", 1, 1000);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  while (WorkOn(asked).phase == Phase::kRetrying) continue;
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
  EXPECT_TRUE(Files().empty());
}

// A permanent error is not retried until the timeout.
TEST_F(UnavailableDatabaseTest, APermanentErrorIsNotWaitedFor) {
  WaitForDatabase(std::chrono::hours(1));
  database_->FailWith(Code::kInternal);
  database_->FailOn("capture_complete", 1, 1000);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
}

TEST_F(UnavailableDatabaseTest, AWorkerStopsWhileTheDatabaseIsUnavailable) {
  WaitForDatabase(std::chrono::hours(1));
  database_->FailOn("capture_complete", 1, 1'000'000);
  const Capture asked = SubmitTap();
  worker_->Start();
  WaitUntil([&] { return database_->failures() > 0; });
  worker_->Stop(milliseconds(0));
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
}

TEST_F(UnavailableDatabaseTest, AJobThatCannotBeClaimedIsRequeued) {
  database_->FailOn("capture_claim");
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  ASSERT_TRUE(WorkOnce()) << "it was requeued";
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// The ack is lost, so the queue delivers the job to another worker.
TEST_F(WorkerTest, ARedeliveredJobOfACompleteCaptureIsAcked) {
  const Capture asked = SubmitTap();
  const auto delivery = ReceiveJob();
  queue_->reachable = false;
  worker_->Process(*delivery);
  queue_->reachable = true;
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_TRUE(IsLive(asked));
  EXPECT_EQ(TakeOver(asked).attempt, 1);
  EXPECT_EQ(renderer_.renders(), 1);
  EXPECT_FALSE(IsLive(asked));
  EXPECT_EQ(Files(), FilesOf(asked));
}

}  // namespace
}  // namespace matinee::capture
