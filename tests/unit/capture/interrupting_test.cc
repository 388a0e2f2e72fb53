// Cancel and delete during an attempt, with and without the event.
#include "jobs/worker.h"

#include <functional>
#include <ostream>
#include <string>

#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

// The point of the attempt at which a user cancels or deletes.
enum class Moment { kBeforeTheClaim, kWhileRendering, kAfterRendering, kBeforeTheCommit };

std::string NameOf(Moment moment) {
  switch (moment) {
    case Moment::kBeforeTheClaim:
      return "BeforeTheClaim";
    case Moment::kWhileRendering:
      return "WhileRendering";
    case Moment::kAfterRendering:
      return "AfterRendering";
    case Moment::kBeforeTheCommit:
      return "BeforeTheCommit";
  }
  return "";
}

std::ostream& operator<<(std::ostream& out, Moment moment) {
  return out << NameOf(moment);
}

class InterruptionTest : public WorkerTest, public testing::WithParamInterface<Moment> {
 protected:
  // Runs the job, and calls `interrupt` at the point.
  void WorkAndInterrupt(const Capture& capture, const std::function<void()>& interrupt) {
    renderer_.Play([&](const Capture& claimed, const auto&,
                       const process::CancelFlag& cancel) -> Result<RenderedFiles> {
      EXPECT_NE(GetParam(), Moment::kBeforeTheClaim);
      if (GetParam() == Moment::kWhileRendering) {
        interrupt();
        EXPECT_TRUE(cancel.cancelled());
        return Cancelled();
      }
      const RenderedFiles rendered = renderer_.Make(claimed);
      if (GetParam() == Moment::kAfterRendering) interrupt();
      return rendered;
    });
    if (GetParam() == Moment::kBeforeTheCommit) {
      files_.on_published = [&, name = capture.file_name](const std::string& published) {
        if (published == name) interrupt();
      };
    }
    if (GetParam() == Moment::kBeforeTheClaim) interrupt();
    EXPECT_TRUE(WorkOnce());
    files_.on_published = nullptr;
    EXPECT_EQ(attempts_.count(), 0U);
  }
};

INSTANTIATE_TEST_SUITE_P(AtEveryMoment, InterruptionTest,
                         testing::Values(Moment::kBeforeTheClaim, Moment::kWhileRendering,
                                         Moment::kAfterRendering, Moment::kBeforeTheCommit),
                         [](const auto& tested) { return NameOf(tested.param); });

TEST_P(InterruptionTest, CancelLeavesACancelledRowAndNoFile) {
  const Capture capture = SubmitTap();
  WorkAndInterrupt(capture, [&] { EXPECT_TRUE(service_->Cancel(capture.id)); });
  EXPECT_EQ(Row(capture.id).phase, Phase::kCancelled);
  EXPECT_EQ(Row(capture.id).error->code, Code::kCancelled);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(capture));
}

TEST_P(InterruptionTest, DeleteLeavesNothing) {
  const Capture capture = SubmitTap();
  WorkAndInterrupt(capture, [&] { EXPECT_TRUE(service_->Delete(capture.id)); });
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
  Reconcile();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_P(InterruptionTest, CancelAndRetryRendersItAgain) {
  const Capture capture = SubmitTap();
  WorkAndInterrupt(capture, [&] {
    EXPECT_TRUE(service_->Cancel(capture.id));
    EXPECT_TRUE(service_->Retry(capture.id));
    renderer_.Play(nullptr);
  });
  if (Row(capture.id).phase != Phase::kComplete) {
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_TRUE(Files().empty());
    Reconcile();
    ASSERT_TRUE(WorkOnce());
  }
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(InterruptionTest, DeleteDuringADatabaseFailureLeavesNothingInTheEnd) {
  const Capture capture = SubmitTap();
  WorkAndInterrupt(capture, [&] {
    EXPECT_TRUE(service_->Delete(capture.id));
    database_->FailOn("capture_complete", 1, 1000);
  });
  database_->Recover();
  EXPECT_FALSE(Exists(capture.id));
  Reconcile();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

// The queue reclaimed the job from this process, or it was cancelled and retried.
TEST_F(WorkerTest, ACaptureWithAnAttemptInThisProcessIsRequeued) {
  const Capture asked = SubmitTap();
  const auto ending = attempts_.Begin(kCaptureKind, asked.id);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(attempts_.count(), 1U);
  attempts_.End(kCaptureKind, asked.id);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// The row is still running, so the capture is rendered after all.
TEST_F(WorkerTest, ACancelledRenderOfARunningRowIsRequeued) {
  renderer_.FailWith(Code::kCancelled);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(asked.id).tries, 0);
  renderer_.Play(nullptr);
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// --- Events ----------------------------------------------------------------------------------

class WorkerEventTest : public WorkerTest {
 protected:
  // Calls `happens` during a render; returns whether the attempt was cancelled.
  bool StopsWhen(const std::function<void(const Capture& capture)>& happens) {
    bool stopped = false;
    renderer_.Play([&](const Capture& capture, const auto&,
                       const process::CancelFlag& cancel) -> Result<RenderedFiles> {
      happens(capture);
      stopped = cancel.cancelled();
      return Cancelled();
    });
    SubmitTap();
    EXPECT_TRUE(WorkOnce());
    return stopped;
  }
  // Cancels as a service of another process does: here only the event arrives.
  void CancelRow(const Capture& capture) { EXPECT_TRUE(store_->Cancel(capture.id)); }
};

TEST_F(WorkerEventTest, ACancelInAnotherProcessStopsTheAttempt) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(WorkerEventTest, ADeletionInAnotherProcessStopsTheAttempt) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    EXPECT_TRUE(store_->SoftDelete(capture.id));
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(WorkerEventTest, ATakeoverStopsTheAttempt) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    Claim(capture.id, /*take_over=*/true);
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(WorkerEventTest, AResyncMakesTheWorkerReadItsRow) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    events_.Publish({coord::kResyncTopic, {}});
  }));
}

TEST_F(WorkerEventTest, ALostEventIsRepairedByRefusedProgress) {
  bool stopped = false;
  renderer_.Play([&](const Capture& capture, const ProgressCallback& on_progress,
                     const process::CancelFlag& cancel) -> Result<RenderedFiles> {
    CancelRow(capture);
    EXPECT_FALSE(cancel.cancelled());
    database_->FailOn("capture_find");  // Otherwise its own event would cancel it.
    on_progress(0.5);
    stopped = cancel.cancelled();
    return Cancelled();
  });
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(stopped);
  EXPECT_EQ(Row(asked.id).phase, Phase::kCancelled);
}

TEST_F(WorkerEventTest, UnrelatedEventsStopNothing) {
  const Capture other = In(Phase::kCancelled);
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    PublishCaptureChanged(events_, capture.id);
    PublishCaptureChanged(events_, other.id);
    events_.Publish({"sessions", {}});
    events_.Publish({coord::kResyncTopic, {}});
  }));
}

TEST_F(WorkerEventTest, AnEventOfAnotherCaptureReadsNoRow) {
  const Capture other = In(Phase::kCancelled);
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    PublishCaptureChanged(events_, other.id);
    events_.Publish({"sessions", {}});
  }));
}

TEST_F(WorkerEventTest, AnEventDuringADatabaseFailureStopsNothing) {
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    database_->FailOn("capture_find");
    PublishCaptureChanged(events_, capture.id);
  }));
}

}  // namespace
}  // namespace matinee::capture
