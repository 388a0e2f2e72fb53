// The worker and the sweeper: whatever happens while a capture is made, its row tells the truth and
// no file is left behind.
#include "capture/worker.h"

#include <atomic>
#include <chrono>
#include <future>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/capture/house.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Result<Rendered> Cancelled() {
  return Fail(Code::kCancelled, "stopped");
}

class CaptureWorker : public House {
 protected:
  // Renders until it is told to stop or to go on, and says when it has begun.
  struct Take {
    std::promise<void> begun;
    std::atomic<bool> go_on{false};
  };
  RenderFunction LongTake(Take& take) {
    return [this, &take](const Capture& capture, const ProgressCallback&,
                         const process::CancelFlag& cancel) -> Result<Rendered> {
      take.begun.set_value();
      while (!cancel.cancelled()) {
        if (take.go_on) return studio_.Make(capture);
        std::this_thread::yield();  // The flag can only be looked at.
      }
      return Cancelled();
    };
  }
  static void WaitUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  std::string Scraped() { return metrics_.Scrape(); }
};

// --- Making a capture ------------------------------------------------------------------------

TEST_F(CaptureWorker, MakesAScreenshot) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const Capture capture = Row(asked.id);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.timestamp_seconds, 999.75);
  EXPECT_EQ(capture.wish.start_seconds, 1000);
  EXPECT_EQ(capture.file_size_bytes, 6);
  EXPECT_EQ(capture.width, 1920);
  EXPECT_TRUE(capture.has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_EQ(running_.count(), 0U);
}

TEST_F(CaptureWorker, MakesAClip) {
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  const Capture capture = Row(asked.id);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.duration_seconds, 7.5);
  EXPECT_EQ(Files(), FilesOf(asked));
}

TEST_F(CaptureWorker, CompletesAClipBeforeItsPosterIsThere) {
  const Capture asked = SubmitNew(100);
  studio_.on_poster = [&](const Capture& capture, const auto&) -> Status {
    EXPECT_EQ(capture.phase, Phase::kComplete);
    EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
    EXPECT_FALSE(Row(asked.id).has_thumbnail);
    EXPECT_TRUE(running_.Has(asked.id)) << "so that a deletion waits for it";
    return {};
  };
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(studio_.posters(), 1);
  EXPECT_TRUE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(ThumbnailName(asked.id))), "poster of take 1");
}

TEST_F(CaptureWorker, KeepsAClipThatGetsNoPoster) {
  const Capture asked = SubmitNew(100);
  studio_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no picture");
  };
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).error);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(CaptureWorker, KeepsAClipWhosePosterCannotBeStored) {
  const Capture asked = SubmitNew(100);
  files_.Refuse(".jpg", Code::kInsufficientStorage);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(CaptureWorker, LeavesNothingOfAClipThatIsDeletedUnderItsPoster) {
  const Capture asked = SubmitNew(100);
  studio_.on_poster = [&](const auto&, const process::CancelFlag& cancel) -> Status {
    EXPECT_TRUE(service_->Delete(asked.id));
    EXPECT_TRUE(cancel.cancelled());
    return {};  // As if the poster was done a moment before it was cancelled.
  };
  ASSERT_TRUE(WorkOnce());
  Sweep();
  EXPECT_FALSE(Exists(asked.id));
  EXPECT_EQ(Files(), std::set<std::string>());
}

TEST_F(CaptureWorker, MakesNoPosterOfAClipThatFailed) {
  studio_.FailWith(Code::kMediaError);
  SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(studio_.posters(), 0);
}

TEST_F(CaptureWorker, CanDoWithoutAThumbnail) {
  studio_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<Rendered> {
    return studio_.Make(capture, /*with_thumbnail=*/false);
  });
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(CaptureWorker, HasTheFilesThereBeforeTheRowSaysSo) {
  const Capture asked = SubmitTap();
  bool seen_complete = false;
  events_.Subscribe([&](const std::string& id) {
    if (Row(id).phase != Phase::kComplete) return;
    seen_complete = true;
    EXPECT_EQ(Files(), FilesOf(asked));
  });
  database_->FailOn("capture_complete");
  ASSERT_TRUE(WorkOnce());
  EXPECT_FALSE(seen_complete);
  WorkOn(asked);
  EXPECT_TRUE(seen_complete);
}

TEST_F(CaptureWorker, WritesProgressButNotAtEveryStep) {
  std::vector<double> written;
  studio_.Play([&](const Capture& capture, const ProgressCallback& on_progress,
                   const auto&) -> Result<Rendered> {
    EXPECT_EQ(Row(capture.id).phase, Phase::kRunning);
    for (int step = 1; step <= 100; ++step) {
      on_progress(step / 200.0);
      const double now = Row(capture.id).progress;
      if (written.empty() || written.back() != now) written.push_back(now);
    }
    return studio_.Make(capture);
  });
  SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  ASSERT_FALSE(written.empty());
  EXPECT_EQ(written.front(), 1 / 200.0);
  EXPECT_LT(written.size(), 50U);
}

TEST_F(CaptureWorker, GoesOnIfItsProgressCannotBeWritten) {
  database_->FailOn("capture_set_progress", 1, 1000);
  studio_.Play([this](const Capture& capture, const ProgressCallback& on_progress,
                      const auto&) -> Result<Rendered> {
    on_progress(0.5);
    return studio_.Make(capture);
  });
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, CountsWhatItDid) {
  SubmitTap();
  WorkOnce();
  SubmitNew(100);
  studio_.FailWith(Code::kMediaError);
  WorkOnce();
  EXPECT_NE(Scraped().find(R"(matinee_jobs_total{outcome="complete",queue="screenshot"} 1)"),
            std::string::npos)
      << Scraped();
  EXPECT_NE(Scraped().find(R"(matinee_jobs_total{outcome="media_error",queue="clip"} 1)"),
            std::string::npos)
      << Scraped();
}

// --- Failures --------------------------------------------------------------------------------

class FailingWith : public CaptureWorker, public testing::WithParamInterface<Code> {};

INSTANTIATE_TEST_SUITE_P(EveryCode, FailingWith,
                         testing::Values(Code::kMalformed, Code::kUnauthenticated,
                                         Code::kPermissionDenied, Code::kNotFound, Code::kConflict,
                                         Code::kInvalidArgument, Code::kMediaError, Code::kInternal,
                                         Code::kBadGateway, Code::kUnavailable,
                                         Code::kDeadlineExceeded, Code::kInsufficientStorage),
                         [](const auto& tested) { return std::string(Info(tested.param).name); });

TEST_P(FailingWith, IsTriedThreeTimesIfThatMayHelpAndOnceIfNot) {
  studio_.FailWith(GetParam());
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  int tries = 1;
  while (Row(asked.id).phase == Phase::kRetrying) {
    EXPECT_EQ(Row(asked.id).error->code, GetParam());
    WorkOn(asked);
    ++tries;
  }
  EXPECT_EQ(tries, Info(GetParam()).retryable ? 3 : 1);
  EXPECT_EQ(studio_.renders(), tries);
  EXPECT_EQ(Row(asked.id).phase, Phase::kFailed);
  EXPECT_EQ(Row(asked.id).error->code, GetParam());
  EXPECT_EQ(Row(asked.id).error->message, "the studio says " + std::string(Info(GetParam()).name));
  EXPECT_TRUE(Files().empty());
}

TEST_F(CaptureWorker, WaitsLongerBeforeEachTry) {
  studio_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(milliseconds(999));
  EXPECT_TRUE(store_->Due(10)->empty());
  clock_.Advance(milliseconds(1));
  Sweep();
  ASSERT_TRUE(WorkOnce());
  clock_.Advance(milliseconds(3999));
  EXPECT_TRUE(store_->Due(10)->empty());
  clock_.Advance(milliseconds(1));
  studio_.Play(nullptr);
  Sweep();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, BeginsToCountAnewWhenAPersonTriesAgain) {
  studio_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  WorkOn(asked);
  EXPECT_EQ(WorkOn(asked).phase, Phase::kFailed);
  ASSERT_TRUE(service_->Retry(asked.id));
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  studio_.Play(nullptr);
  EXPECT_EQ(WorkOn(asked).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, LeavesNoThumbnailWithoutItsFile) {
  files_.Refuse(".mp4", Code::kInsufficientStorage);
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kRetrying);
  EXPECT_TRUE(Files().empty());
  WorkOn(asked);
  EXPECT_EQ(WorkOn(asked).phase, Phase::kFailed);
  EXPECT_EQ(Row(asked.id).error->code, Code::kInsufficientStorage);
  EXPECT_TRUE(Files().empty());
}

TEST_F(CaptureWorker, SucceedsInTheEndWhenTheFolderDoes) {
  files_.Refuse(".jpg", Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(Files().empty());
  files_.AcceptAll();
  EXPECT_EQ(WorkOn(asked).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_EQ(ReadTextFile(folder_.File("captures/" + asked.file_name)), "take 2");
}

TEST_F(CaptureWorker, TakesNothingThatIsNotThere) {
  worker_->Process({coord::Lane::kClip, "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47"});
  worker_->Process(JobOf(In(Phase::kComplete)));
  EXPECT_EQ(studio_.renders(), 0);
  EXPECT_EQ(running_.count(), 0U);
}

// --- Cancelled and deleted on the way --------------------------------------------------------

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
    if (GetParam() == Moment::kBeforeTheClaim) press();
    studio_.Play([&](const Capture& claimed, const auto&,
                     const process::CancelFlag& cancel) -> Result<Rendered> {
      EXPECT_NE(GetParam(), Moment::kBeforeTheClaim);
      if (GetParam() == Moment::kWhileRendering) {
        press();
        EXPECT_TRUE(cancel.cancelled());
        return Cancelled();
      }
      const Rendered rendered = studio_.Make(claimed);
      if (GetParam() == Moment::kAfterRendering) press();
      return rendered;
    });
    if (GetParam() == Moment::kBeforeTheCommit) {
      files_.on_published = [&, name = capture.file_name](const std::string& published) {
        if (published == name) press();
      };
    }
    worker_->Process(JobOf(capture));
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
}

TEST_P(Interrupting, ByDeletingLeavesNothing) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] { EXPECT_TRUE(service_->Delete(capture.id)); });
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
  Sweep();
  EXPECT_TRUE(store_->Deleting(10)->empty());
}

TEST_P(Interrupting, ByCancellingAndTryingAgainMakesItOnceMore) {
  const Capture capture = SubmitTap();
  WorkAndPress(capture, [&] {
    EXPECT_TRUE(service_->Cancel(capture.id));
    EXPECT_TRUE(service_->Retry(capture.id));
    studio_.Play(nullptr);
    worker_->Process(JobOf(capture));  // Another slot is quick to take it.
  });
  if (Row(capture.id).phase != Phase::kComplete) {
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_TRUE(Files().empty());
    studio_.Play(nullptr);
    WorkOn(capture);
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
  EXPECT_TRUE(store_->Deleting(10)->empty());
}

TEST_F(CaptureWorker, MeetsACaptureThatIsStillEndingALittleLater) {
  const Capture asked = SubmitTap();
  const auto job = queue_.Take(coord::Accept::kAll, {});
  const auto ending = running_.Begin(asked.id);
  worker_->Process(*job);
  EXPECT_EQ(studio_.renders(), 0);
  EXPECT_TRUE(running_.Has(asked.id));
  running_.End(asked.id);
  const auto again = queue_.Take(coord::Accept::kAll, kPatience);
  ASSERT_TRUE(again);
  worker_->Process(*again);
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

// Nobody's button: the row says running, so it is made after all.
TEST_F(CaptureWorker, PutsBackWhatWasStoppedWithoutAReason) {
  studio_.FailWith(Code::kCancelled);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(asked.id).tries, 0);
}

// --- Slots and the end of the program --------------------------------------------------------

TEST_F(CaptureWorker, KeepsASlotFreeForScreenshots) {
  std::atomic<int> clips_begun{0};
  std::atomic<bool> enough{false};
  studio_.Play([&](const Capture& capture, const auto&,
                   const process::CancelFlag& cancel) -> Result<Rendered> {
    if (capture.wish.type == Type::kScreenshot) return studio_.Make(capture);
    ++clips_begun;
    while (!enough && !cancel.cancelled()) std::this_thread::yield();
    return studio_.Make(capture);
  });
  std::vector<Capture> clips;
  for (int i = 0; i < 5; ++i) clips.push_back(SubmitNew(i * 20));
  worker_->Start();
  WaitUntil([&] { return clips_begun == 2; });  // Of three slots.
  const Capture screenshot = SubmitTap();
  EXPECT_EQ(WaitFor(screenshot.id).Get()->phase, Phase::kComplete);
  EXPECT_EQ(clips_begun, 2);
  enough = true;
  for (const Capture& clip : clips) {
    EXPECT_EQ(WaitFor(clip.id).Get()->phase, Phase::kComplete);
  }
}

TEST_F(CaptureWorker, MakesFortyScreenshotsThatAreAskedForAtOnce) {
  worker_->Start();
  std::vector<Answer> answers;
  for (int i = 0; i < 40; ++i) {
    clock_.Advance(milliseconds(250));
    answers.push_back(WaitFor(SubmitTap().id));
  }
  std::set<std::string> ids;
  for (Answer& answer : answers) {
    ASSERT_TRUE(answer.Get());
    EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
    ids.insert(answer.Get()->id);
  }
  EXPECT_EQ(ids.size(), 40U);
}

TEST_F(CaptureWorker, LetsWhatRunsFinishWhenItStops) {
  Take take;
  studio_.Play(LongTake(take));
  const Capture asked = SubmitNew(100);
  worker_->Start();
  take.begun.get_future().wait();
  std::thread stopper([this] { worker_->Stop(kPatience); });
  take.go_on = true;
  stopper.join();
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, HandsBackWhatDoesNotFinishInTime) {
  Take take;
  studio_.Play(LongTake(take));
  const Capture running = SubmitNew(100);
  worker_->Start();
  take.begun.get_future().wait();
  worker_->Stop(milliseconds(0));
  EXPECT_EQ(Row(running.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(running.id).tries, 0);
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(sweeper_->Recover());
  EXPECT_EQ(store_->Due(10)->size(), 1U);
}

TEST_F(CaptureWorker, BeginsNothingOnceItStops) {
  const Capture asked = SubmitTap();
  const auto job = queue_.Take(coord::Accept::kAll, {});
  worker_->Stop(milliseconds(0));
  worker_->Process(*job);
  EXPECT_EQ(studio_.renders(), 0);
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
}

}  // namespace
}  // namespace matinee::capture
