// A capture that somebody cancels or deletes while it is made, whether the worker hears of it or
// not.
#include "capture/worker.h"

#include <functional>
#include <ostream>
#include <string>

#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

// A moment at which somebody presses a button.
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

class Interrupting : public CaptureWorker, public testing::WithParamInterface<Moment> {
 protected:
  // Works on the capture, and has the button pressed at the moment.
  void WorkAndPress(const Capture& capture, const std::function<void()>& press) {
    renderer_.Play([&](const Capture& claimed, const auto&,
                       const process::CancelFlag& cancel) -> Result<RenderedFiles> {
      EXPECT_NE(GetParam(), Moment::kBeforeTheClaim);
      if (GetParam() == Moment::kWhileRendering) {
        press();
        EXPECT_TRUE(cancel.cancelled());
        return Cancelled();
      }
      const RenderedFiles rendered = renderer_.Make(claimed);
      if (GetParam() == Moment::kAfterRendering) press();
      return rendered;
    });
    if (GetParam() == Moment::kBeforeTheCommit) {
      files_.on_published = [&, name = capture.file_name](const std::string& published) {
        if (published == name) press();
      };
    }
    if (GetParam() == Moment::kBeforeTheClaim) press();
    EXPECT_TRUE(WorkOnce());
    files_.on_published = nullptr;
    EXPECT_EQ(running_.count(), 0U);
  }
};

INSTANTIATE_TEST_SUITE_P(AtEveryMoment, Interrupting,
                         testing::Values(Moment::kBeforeTheClaim, Moment::kWhileRendering,
                                         Moment::kAfterRendering, Moment::kBeforeTheCommit),
                         [](const auto& tested) { return NameOf(tested.param); });

TEST_P(Interrupting, ByCancellingLeavesACancelledRowAndNoFile) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] { EXPECT_TRUE(service_->Cancel(capture.id)); });
  EXPECT_EQ(Row(capture.id).phase, Phase::kCancelled);
  EXPECT_EQ(Row(capture.id).error->code, Code::kCancelled);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(capture));
}

TEST_P(Interrupting, ByDeletingLeavesNothing) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] { EXPECT_TRUE(service_->Delete(capture.id)); });
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
  Sweep();
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_P(Interrupting, ByCancellingAndTryingAgainMakesItOnceMore) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] {
    EXPECT_TRUE(service_->Cancel(capture.id));
    EXPECT_TRUE(service_->Retry(capture.id));
    renderer_.Play(nullptr);
  });
  if (Row(capture.id).phase != Phase::kComplete) {
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_TRUE(Files().empty());
    Sweep();
    ASSERT_TRUE(WorkOnce());
  }
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(capture));
}

TEST_P(Interrupting, ByDeletingWhileTheDatabaseFailsLeavesNothingInTheEnd) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] {
    EXPECT_TRUE(service_->Delete(capture.id));
    database_->FailOn("capture_complete", 1, 1000);
  });
  database_->Recover();
  EXPECT_FALSE(Exists(capture.id));
  Sweep();
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

// In this process: the queue took its worker for dead, or it was cancelled and tried again.
TEST_F(CaptureWorker, GivesBackACaptureThatIsStillUnderWayHere) {
  const Capture asked = SubmitTap();
  const auto ending = running_.Begin(asked.id);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_TRUE(running_.Has(asked.id));
  running_.End(asked.id);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// Nobody's button: the row says running, so it is made after all.
TEST_F(CaptureWorker, PutsBackWhatWasStoppedWithoutAReason) {
  renderer_.FailWith(Code::kCancelled);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(asked.id).tries, 0);
  renderer_.Play(nullptr);
  Sweep();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// --- How the worker hears of it --------------------------------------------------------------

class Hearing : public CaptureWorker {
 protected:
  // What `happens` while a capture is made; gives whether the work on it was stopped.
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
  // As a service of another process does it: here only the event arrives.
  void CancelRow(const Capture& capture) { EXPECT_TRUE(store_->Cancel(capture.id)); }
};

TEST_F(Hearing, OfACancelInAnotherProcessStopsTheWork) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(Hearing, OfADeletionInAnotherProcessStopsTheWork) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    EXPECT_TRUE(store_->SoftDelete(capture.id));
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(Hearing, OfATakeoverStopsTheWork) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    Claim(capture.id, /*take_over=*/true);
    PublishCaptureChanged(events_, capture.id);
  }));
}

TEST_F(Hearing, ThatEventsMayHaveBeenLostMakesItLookAtItsRow) {
  EXPECT_TRUE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    events_.Publish({coord::kResyncTopic, {}});
  }));
}

TEST_F(Hearing, NothingAtAllIsRepairedByProgressThatIsRefused) {
  bool stopped = false;
  renderer_.Play([&](const Capture& capture, const ProgressCallback& on_progress,
                     const process::CancelFlag& cancel) -> Result<RenderedFiles> {
    CancelRow(capture);
    EXPECT_FALSE(cancel.cancelled());
    database_->FailOn("capture_get");  // Its own event says no more than the refusal.
    on_progress(0.5);
    stopped = cancel.cancelled();
    return Cancelled();
  });
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(stopped);
  EXPECT_EQ(Row(asked.id).phase, Phase::kCancelled);
}

TEST_F(Hearing, OfWhatDoesNotConcernItStopsNothing) {
  const Capture other = In(Phase::kCancelled);
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    PublishCaptureChanged(events_, capture.id);
    PublishCaptureChanged(events_, other.id);
    events_.Publish({"sessions", {}});
    events_.Publish({coord::kResyncTopic, {}});
  }));
}

TEST_F(Hearing, OfAnotherCaptureDoesNotMakeItLook) {
  const Capture other = In(Phase::kCancelled);
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    PublishCaptureChanged(events_, other.id);
    events_.Publish({"sessions", {}});
  }));
}

TEST_F(Hearing, OfAChangeWhileTheDatabaseDoesNotAnswerStopsNothing) {
  EXPECT_FALSE(StopsWhen([&](const Capture& capture) {
    CancelRow(capture);
    database_->FailOn("capture_get");
    PublishCaptureChanged(events_, capture.id);
  }));
}

}  // namespace
}  // namespace matinee::capture
