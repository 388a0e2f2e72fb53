// The operations of the API, with a lookup, a folder and a database that can fail.
#include "capture/service.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

using SessionCallback = std::function<void(std::optional<media::PlaybackSession>)>;

class ServiceTest : public CaptureFixture {
 protected:
  // Holds lookups until AnswerLookups is called.
  void HoldLookups() {
    lookup_ = [this](const std::string&, milliseconds, const SessionCallback& done) {
      waiting_.push_back(done);
    };
  }
  void AnswerLookups(const std::optional<media::PlaybackSession>& session) {
    for (const auto& done : std::exchange(waiting_, {})) done(session);
  }
  static ScreenshotRequest TapWithKey(const std::string& key) {
    ScreenshotRequest tap = Tap();
    tap.idempotency_key = key;
    return tap;
  }
  void ExpectNothingWasEnqueued() {
    EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
    EXPECT_FALSE(queue_->Receive(kAllSlots, {}));
  }

  std::vector<SessionCallback> waiting_;
};

// --- Submit ----------------------------------------------------------------------------------

TEST_F(ServiceTest, SubmitCommitsARowAndEnqueuesAJob) {
  CallbackRecorder answer = Submit(Tap());
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kQueued);
  EXPECT_EQ(answer.Get()->spec.start_seconds, 1000);
  EXPECT_EQ(Row(answer.Get()->id).phase, Phase::kQueued);
  const auto job = queue_->Receive(kReservedSlot, {});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->job.subject, answer.Get()->id);
}

TEST_F(ServiceTest, TheTimeOfTheRequestCountsHoweverLateTheServerAnswers) {
  HoldLookups();
  CallbackRecorder answer = Submit(Tap());
  clock_.Advance(milliseconds(480));
  EXPECT_FALSE(answer.called());
  media::PlaybackSession fresh = Film();
  fresh.position_seconds = 1000.48;
  fresh.position_at = clock_.Now();
  AnswerLookups(fresh);
  ASSERT_TRUE(answer.Get());
  EXPECT_DOUBLE_EQ(answer.Get()->spec.start_seconds, 1000);
}

TEST_F(ServiceTest, TheLookupIsLimitedToHalfASecond) {
  milliseconds asked_for{0};
  lookup_ = [&](const std::string& id, milliseconds limit, const SessionCallback& done) {
    EXPECT_EQ(id, "plex-1");
    asked_for = limit;
    done(Film());
  };
  EXPECT_TRUE(Submit(Tap()).Get());
  EXPECT_EQ(asked_for, milliseconds(500));
}

TEST_F(ServiceTest, AnUnknownSessionIsNotFound) {
  ScreenshotRequest tap = Tap();
  tap.session_id = "plex-2";
  EXPECT_EQ(Submit(tap).Refusal(), Code::kNotFound);
  HoldLookups();
  CallbackRecorder late = Submit(Tap());
  AnswerLookups(std::nullopt);
  EXPECT_EQ(late.Refusal(), Code::kNotFound);
  ExpectNothingWasEnqueued();
}

TEST_F(ServiceTest, ASessionThatCannotBeCapturedIsRefusedWithItsReason) {
  lookup_ = [](const std::string&, milliseconds, const SessionCallback& done) {
    media::PlaybackSession session = Film();
    session.capturable = false;
    session.not_capturable_reason = "Live TV has no file.";
    done(session);
  };
  CallbackRecorder answer = Submit(Tap());
  EXPECT_EQ(answer.Refusal(), Code::kConflict);
  EXPECT_EQ(answer.Get().error().message, "Live TV has no file.");
  ExpectNothingWasEnqueued();
}

TEST_F(ServiceTest, AnInvalidRequestIsRefusedBeforeTheLookup) {
  lookup_ = [](const std::string&, milliseconds, const SessionCallback&) { FAIL(); };
  ClipRequest clip;
  clip.session_id = "plex-1";
  EXPECT_EQ(Submit(clip).Refusal(), Code::kInvalidArgument);
  ScreenshotRequest tap = Tap();
  tap.at = kNoon - hours(1);
  EXPECT_EQ(Submit(tap).Refusal(), Code::kInvalidArgument);
}

TEST_F(ServiceTest, SubmitIsRefusedWhileTooLittleSpaceIsFree) {
  files_.free_bytes = kFreeBytesMin - 1;
  CallbackRecorder answer = Submit(Tap());
  EXPECT_EQ(answer.Refusal(), Code::kInsufficientStorage);
  EXPECT_NE(answer.Get().error().message.find("1023 MiB"), std::string::npos)
      << answer.Get().error().message;
  ExpectNothingWasEnqueued();
  files_.free_bytes = kFreeBytesMin;
  EXPECT_TRUE(Submit(Tap()).Get());
}

TEST_F(ServiceTest, SubmitIsRefusedWhileTheFolderDoesNotAnswer) {
  files_.free_bytes = -1;
  EXPECT_EQ(Submit(Tap()).Refusal(), Code::kUnavailable);
}

TEST_F(ServiceTest, SubmitIsRefusedWhenTheDatabaseFails) {
  database_->FailOn("capture_insert");
  EXPECT_EQ(Submit(Tap()).Refusal(), Code::kUnavailable);
  ExpectNothingWasEnqueued();
  database_->FailOn("capture_find_by_key");
  EXPECT_EQ(Submit(TapWithKey("k")).Refusal(), Code::kUnavailable);
  ExpectNothingWasEnqueued();
}

TEST_F(ServiceTest, SubmitIsRefusedWhenAllThreadsAreBusy) {
  executor_ = std::make_unique<Executor>("work", 1, 1);
  OpenService();
  std::promise<void> release;
  std::promise<void> busy;
  const auto gate = release.get_future().share();
  ASSERT_TRUE(executor_->TrySubmit([gate, &busy] {
    busy.set_value();
    gate.wait();
  }));
  busy.get_future().wait();
  ASSERT_TRUE(executor_->TrySubmit([] {}));
  EXPECT_EQ(Submit(Tap()).Refusal(), Code::kUnavailable);
  release.set_value();
}

TEST_F(ServiceTest, TheSameRequestSentTwiceCreatesOneCapture) {
  const Capture first = SubmitTap();
  const Capture second = SubmitTap();
  EXPECT_EQ(first.id, second.id);
  EXPECT_TRUE(queue_->Receive(kAllSlots, {}));
  EXPECT_FALSE(queue_->Receive(kAllSlots, {}));
}

TEST_F(ServiceTest, TwoTapsCreateTwoCaptures) {
  const Capture first = SubmitTap();
  clock_.Advance(milliseconds(400));
  EXPECT_NE(SubmitTap().id, first.id);
}

TEST_F(ServiceTest, ACaptureIsFoundByItsKeyAfterItsSessionHasEnded) {
  const Capture capture = *Submit(TapWithKey("k")).Get();
  lookup_ = [](const std::string&, milliseconds, const SessionCallback& done) {
    done(std::nullopt);
  };
  files_.free_bytes = 0;
  CallbackRecorder again = Submit(TapWithKey("k"));
  ASSERT_TRUE(again.Get());
  EXPECT_EQ(again.Get()->id, capture.id);
  EXPECT_EQ(Submit(TapWithKey("l")).Refusal(), Code::kInsufficientStorage);
}

TEST_F(ServiceTest, AKeyThatWasUsedForAnotherRequestIsRefused) {
  EXPECT_TRUE(Submit(TapWithKey("k")).Get());
  ScreenshotRequest other = TapWithKey("k");
  other.offset_seconds = -5;
  EXPECT_EQ(Submit(other).Refusal(), Code::kConflict);
}

TEST_F(ServiceTest, ACaptureOfAFullQueueIsLeftToTheReconciler) {
  for (size_t i = 0; i < kTestQueues[0].jobs_max; ++i) {
    ASSERT_TRUE(queue_->Enqueue(
        {.queue = kScreenshotQueue, .kind = kCaptureKind, .subject = "job " + std::to_string(i)}));
  }
  const Capture capture = SubmitTap();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
  EXPECT_FALSE(IsLive(capture));
  EXPECT_TRUE(IsLive(SubmitNew(100)));  // A clip: its queue has room.
}

TEST_F(ServiceTest, ACaptureThatCannotBeEnqueuedIsLeftToTheReconciler) {
  queue_->reachable = false;
  const Capture capture = SubmitTap();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
  queue_->reachable = true;
  EXPECT_FALSE(IsLive(capture));
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
}

TEST_F(ServiceTest, TheJobCarriesTheTraceOfTheRequest) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.traceparent = "00-trace-span-01";
  const Capture capture = AskNew(spec);
  Reconcile();
  const auto delivery = ReceiveJob();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.subject, capture.id);
  EXPECT_EQ(delivery->job.traceparent, "00-trace-span-01");
}

// --- Late callbacks --------------------------------------------------------------------------

TEST_F(ServiceTest, ALookupThatEndsAfterTheServiceIsAnswered) {
  HoldLookups();
  CallbackRecorder answer = Submit(Tap());
  CloseService();
  EXPECT_FALSE(answer.called());
  AnswerLookups(Film());
  EXPECT_EQ(answer.Refusal(), Code::kUnavailable);
}

TEST_F(ServiceTest, ARequestInTheExecutorIsAnsweredAtShutdown) {
  executor_ = std::make_unique<Executor>("work", 1, 8);
  OpenService();
  std::promise<void> release;
  const auto gate = release.get_future().share();
  ASSERT_TRUE(executor_->TrySubmit([gate] { gate.wait(); }));
  CallbackRecorder answer = Submit(Tap());
  CloseService();
  release.set_value();
  EXPECT_EQ(answer.Refusal(), Code::kUnavailable);
}

TEST_F(ServiceTest, TheServiceMayCloseWhileTimersAndEventsFire) {
  for (int round = 0; round < 20; ++round) {
    OpenService();
    const Capture capture = SubmitNew(round * 20);
    std::vector<CallbackRecorder> answers;
    for (int i = 0; i < 10; ++i) answers.push_back(WaitFor(capture.id, milliseconds(i % 3)));
    std::thread publisher([this, &capture] { PublishCaptureChanged(events_, capture.id); });
    CloseService();
    publisher.join();
    for (CallbackRecorder& answer : answers) {
      answer.Get();
      EXPECT_EQ(answer.calls(), 1);
    }
  }
}

// --- Cancel, retry, delete -------------------------------------------------------------------

TEST_F(ServiceTest, AQueuedCaptureIsCancelled) {
  const Capture capture = SubmitTap();
  const auto cancelled = service_->Cancel(capture.id);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->phase, Phase::kCancelled);
  EXPECT_TRUE(WorkOnce()) << "its job stays in the queue and does nothing";
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_FALSE(IsLive(capture));
}

TEST_F(ServiceTest, AFailedCaptureIsRetried) {
  const Capture capture = In(Phase::kFailed);
  const auto retried = service_->Retry(capture.id);
  ASSERT_TRUE(retried);
  EXPECT_EQ(retried->phase, Phase::kQueued);
  EXPECT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
}

TEST_F(ServiceTest, RetryIsRefusedWhileTooLittleSpaceIsFree) {
  const Capture capture = In(Phase::kFailed);
  files_.free_bytes = 0;
  const auto retried = service_->Retry(capture.id);
  ASSERT_FALSE(retried);
  EXPECT_EQ(retried.error().code, Code::kInsufficientStorage);
  EXPECT_EQ(Row(capture.id).phase, Phase::kFailed);
}

TEST_F(ServiceTest, DeleteRemovesTheRowAndTheFiles) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Files(), FilesOf(capture));
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
  EXPECT_EQ(service_->Delete(capture.id).error().code, Code::kNotFound);
}

TEST_F(ServiceTest, AQueuedCaptureIsDeleted) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(WorkOnce()) << "its job stays in the queue and does nothing";
  EXPECT_EQ(renderer_.renders(), 0);
  Reconcile();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(ServiceTest, FilesThatCannotBeRemovedAreRemovedLater) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const std::set<std::string> files = FilesOf(capture);
  files_.removable = false;
  EXPECT_TRUE(service_->Delete(capture.id));
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_EQ(Files(), files);
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  files_.removable = true;
  Reconcile();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(ServiceTest, ARowThatCannotBePurgedIsPurgedLater) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  database_->FailOn("capture_forget");
  EXPECT_TRUE(service_->Delete(capture.id));
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
  Reconcile();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(ServiceTest, DeleteRemovesNothingIfTheRowCannotBeMarked) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  database_->FailOn("capture_mark_deleting");
  const Status deleted = service_->Delete(capture.id);
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, Code::kUnavailable);
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

// A worker of another process may be publishing them at this time.
TEST_F(ServiceTest, FilesOfADeletedCaptureInFlightAreLeftToTheReconciler) {
  const Capture capture = SubmitTap();
  const auto delivery = ReceiveJob();
  ASSERT_TRUE(delivery);
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
  Reconcile();
  EXPECT_EQ(store_->ListDeleting(10)->size(), 1U);
  ASSERT_TRUE(queue_->Ack(*delivery));
  Reconcile();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(ServiceTest, FilesAreLeftToTheReconcilerWhileTheQueueIsUnreachable) {
  const Capture capture = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const std::set<std::string> files = FilesOf(capture);
  queue_->reachable = false;
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_EQ(Files(), files);
  EXPECT_FALSE(reconciler_->ReconcileOnce());
  EXPECT_EQ(Files(), files);
  queue_->reachable = true;
  Reconcile();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

}  // namespace
}  // namespace matinee::capture
