// Workers that crash, or are cut off and come back: another worker takes over, and only one result
// stays.
#include <atomic>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "capture/orphaned_files.h"
#include "jobs/worker.h"
#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

class TakeoverTest : public WorkerTest {
 protected:
  // The worker of another process takes over and completes the capture.
  void OtherTakesOver(const Capture& capture) {
    other_->Process(DeliveryOf(capture, /*redelivered=*/true));
  }
  // Publishes the files of an attempt that crashes before its commit.
  void Publish(const Capture& claimed) {
    const RenderedFiles made = renderer_.Make(claimed);
    const std::string name = FileName(claimed.id, claimed.spec.type, claimed.attempt);
    ASSERT_TRUE(files_.Publish(made.file_path, name));
    if (claimed.spec.type == Type::kClip) return;
    ASSERT_TRUE(files_.Publish(made.thumbnail_path, ThumbnailName(name)));
  }
  // A capture whose worker crashed after it had published its files.
  Capture CrashedAfterPublishing() {
    Capture capture = In(Phase::kRunning);
    Publish(capture);
    return capture;
  }
  static std::set<std::string> FilesOfAttempt(const Capture& capture, int attempt) {
    const std::string name = FileName(capture.id, capture.spec.type, attempt);
    return {name, ThumbnailName(name)};
  }
  // Brings a queued capture to this number of crashes.
  Capture WithCrashes(int crashes, const Capture& asked) {
    for (int i = 0; i < crashes; ++i) {
      Claim(asked.id);
      Crash(asked.id);
    }
    return Row(asked.id);
  }

  // Shares the rows, the files and the queue, but not the events.
  jobs::AttemptRegistry other_attempts_;
  coord::LocalEventBus other_events_;
  std::unique_ptr<jobs::Worker> other_ = MakeWorker(other_events_, other_attempts_);
};

TEST_F(TakeoverTest, ACaptureOfACrashedWorkerIsCompleted) {
  const Capture capture = In(Phase::kRunning);
  const Capture made = TakeOver(capture);
  EXPECT_EQ(made.phase, Phase::kComplete);
  EXPECT_EQ(made.attempt, 2);
  EXPECT_EQ(made.crashes, 1);
  EXPECT_EQ(made.tries, 1) << "an attempt that crashed does not count as a try";
  EXPECT_EQ(made.file_name, capture.id + ".2.jpg");
  EXPECT_EQ(Files(), FilesOf(capture));
  EXPECT_EQ(ContentOf(capture), "attempt 2");
}

TEST_F(TakeoverTest, ATakeoverNeedsARedeliveredJob) {
  const Capture capture = In(Phase::kRunning);
  const Capture after = WorkOn(capture);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(after.phase, Phase::kRunning);
  EXPECT_EQ(after.attempt, 1);
  EXPECT_EQ(after.crashes, 0);
}

TEST_F(TakeoverTest, ARequeuedJobDoesNotCountAsACrash) {
  for (const auto phase : {Phase::kQueued, Phase::kRetrying}) {
    const Capture made = TakeOver(In(phase));
    EXPECT_EQ(made.phase, Phase::kComplete);
    EXPECT_EQ(made.crashes, 0) << ToString(phase);
  }
}

TEST_F(TakeoverTest, ATerminalCaptureIsNotRenderedAgain) {
  for (const auto phase : {Phase::kComplete, Phase::kFailed, Phase::kCancelled}) {
    const Capture capture = In(phase);
    EXPECT_EQ(TakeOver(capture).phase, phase);
  }
  EXPECT_EQ(renderer_.renders(), 0);
}

// --- Attempts that were cut off and end late ---------------------------------------------------

// The point of the late attempt at which the other worker takes over.
enum class Late { kRenders, kPublishesTheThumbnail, kPublishesTheFile, kCommits };

std::string NameOf(Late late) {
  switch (late) {
    case Late::kRenders:
      return "Renders";
    case Late::kPublishesTheThumbnail:
      return "PublishesTheThumbnail";
    case Late::kPublishesTheFile:
      return "PublishesTheFile";
    case Late::kCommits:
      return "Commits";
  }
  return "";
}

std::ostream& operator<<(std::ostream& out, Late late) {
  return out << NameOf(late);
}

class LateWorkerTest : public TakeoverTest, public testing::WithParamInterface<Late> {
 protected:
  // Runs the first attempt of a new screenshot, and calls `happens` at the point.
  Capture WorkWhile(const std::function<void(const Capture& claimed)>& happens) {
    const Capture capture = SubmitTap();
    WorkOnceWhile(capture, happens);
    return Row(capture.id);
  }
  void WorkOnceWhile(const Capture& capture,
                     const std::function<void(const Capture& claimed)>& happens) {
    renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
      if (claimed.attempt == 1 && GetParam() == Late::kRenders) happens(claimed);
      return renderer_.Make(claimed);
    });
    const auto when = [&](Late late, const std::string& name) {
      return [&, late, name](const std::string& published) {
        if (GetParam() == late && published == name) happens(Row(capture.id));
      };
    };
    const auto before_thumbnail =
        when(Late::kPublishesTheThumbnail, ThumbnailName(capture.file_name));
    const auto before_file = when(Late::kPublishesTheFile, capture.file_name);
    files_.on_publish = [&](const std::string& name) {
      before_thumbnail(name);
      before_file(name);
    };
    files_.on_published = when(Late::kCommits, capture.file_name);
    EXPECT_TRUE(WorkOnce());
    files_.on_publish = nullptr;
    files_.on_published = nullptr;
  }
};

INSTANTIATE_TEST_SUITE_P(While, LateWorkerTest,
                         testing::Values(Late::kRenders, Late::kPublishesTheThumbnail,
                                         Late::kPublishesTheFile, Late::kCommits),
                         [](const auto& tested) { return "It" + NameOf(tested.param); });

TEST_P(LateWorkerTest, ALateAttemptChangesNothingOfTheTakeover) {
  const Capture capture = WorkWhile([&](const Capture& claimed) { OtherTakesOver(claimed); });
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.attempt, 2);
  EXPECT_EQ(capture.crashes, 1);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ContentOf(capture), "attempt 2");
  EXPECT_FALSE(IsLive(capture));
}

TEST_P(LateWorkerTest, ALateAttemptKeepsTheFilesOfTheTakeover) {
  Capture other;
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    other = Claim(claimed.id, /*take_over=*/true);
    Publish(other);
  });
  EXPECT_EQ(capture.phase, Phase::kRunning) << "the takeover runs it";
  EXPECT_EQ(capture.attempt, 2);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(FileName(capture.id, Type::kScreenshot, 2)).value()),
            "attempt 2");
  EXPECT_TRUE(*store_->jobs().Complete(other.id, other.attempt, ValuesOf(MadeBy(other))));
}

TEST_P(LateWorkerTest, ALateAttemptLeavesNoFileIfTheTakeoverFailed) {
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    const Capture other = Claim(claimed.id, /*take_over=*/true);
    EXPECT_TRUE(*store_->jobs().MarkFailed(other.id, other.attempt, {Code::kMediaError, "torn"}));
  });
  EXPECT_EQ(capture.phase, Phase::kFailed);
  EXPECT_EQ(capture.error->code, Code::kMediaError);
  EXPECT_TRUE(Files().empty());
}

TEST_P(LateWorkerTest, ALateAttemptLeavesNoFileOfADeletedCapture) {
  const Capture capture = SubmitTap();
  WorkOnceWhile(capture, [&](const Capture& claimed) {
    OtherTakesOver(claimed);
    EXPECT_TRUE(service_->Delete(claimed.id));
    EXPECT_TRUE(store_->ListDeleting(10)->empty());
  });
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
}

// The database neither commits the late attempt nor reports that the row was taken over.
TEST_P(LateWorkerTest, ALateAttemptLeavesNoFileDuringADatabaseFailure) {
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    OtherTakesOver(claimed);
    database_->FailOn("capture_complete");
  });
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

TEST_F(TakeoverTest, ALateClipKeepsTheFilesAndThePosterOfTheTakeover) {
  const Capture capture = SubmitNew(100);
  renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
    if (claimed.attempt == 1) OtherTakesOver(claimed);
    return renderer_.Make(claimed);
  });
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_TRUE(Row(capture.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(ThumbnailName(Row(capture.id).file_name)).value()),
            "poster of attempt 2");
}

TEST_F(TakeoverTest, ALateFailureChangesNothing) {
  for (const auto code : {Code::kMediaError, Code::kUnavailable, Code::kCancelled}) {
    renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
      if (claimed.attempt > 1) return renderer_.Make(claimed);
      OtherTakesOver(claimed);
      return Fail(code, "late");
    });
    clock_.Advance(std::chrono::seconds(5));
    const Capture capture = SubmitTap();
    ASSERT_TRUE(WorkOnce());
    EXPECT_EQ(Row(capture.id).phase, Phase::kComplete) << InfoOf(code).name;
    EXPECT_FALSE(Row(capture.id).error);
    EXPECT_EQ(ContentOf(capture), "attempt 2");
  }
}

// --- Files of attempts that crashed after publishing -------------------------------------------

TEST_F(TakeoverTest, FilesOfACrashAreRemovedWhenTheNextAttemptCompletes) {
  const Capture capture = CrashedAfterPublishing();
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 1));
  EXPECT_EQ(TakeOver(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

TEST_F(TakeoverTest, FilesOfACrashAreRemovedWhenTheNextAttemptFails) {
  for (const auto code : {Code::kMediaError, Code::kUnavailable, Code::kCancelled}) {
    const Capture capture = CrashedAfterPublishing();
    renderer_.FailWith(code);
    TakeOver(capture);
    EXPECT_TRUE(Files().empty()) << InfoOf(code).name;
  }
}

TEST_F(TakeoverTest, FilesOfACrashAreRemovedWhenTheNextAttemptIsCancelled) {
  const Capture capture = CrashedAfterPublishing();
  renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
    EXPECT_TRUE(service_->Cancel(claimed.id));
    return Cancelled();
  });
  EXPECT_EQ(TakeOver(capture).phase, Phase::kCancelled);
  EXPECT_TRUE(Files().empty());
}

TEST_F(TakeoverTest, FilesOfACrashAreRemovedWhenTheCaptureIsCancelled) {
  const Capture capture = CrashedAfterPublishing();
  ASSERT_TRUE(service_->Cancel(capture.id));
  TakeOver(capture);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_TRUE(Files().empty());
}

TEST_F(TakeoverTest, FilesOfACrashAreRemovedWhenTheCaptureIsDeleted) {
  const Capture capture = CrashedAfterPublishing();
  Publish(Claim(capture.id, /*take_over=*/true));
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(TakeoverTest, FilesOfACompleteCaptureStay) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_EQ(TakeOver(capture).phase, Phase::kComplete);
  Publish(capture);  // The late attempt crashed as well.
  EXPECT_EQ(TakeOver(capture).attempt, 2);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

// --- Suspects ----------------------------------------------------------------------------------

TEST_F(TakeoverTest, ACaptureWithTooManyCrashesFailsAndIsADeadLetter) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(ReceiveJob());
  WithCrashes(jobs::kCrashesMax, asked);
  const Capture last = Claim(asked.id);
  Publish(last);
  const Capture capture = TakeOver(last);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(capture.phase, Phase::kFailed);
  EXPECT_EQ(capture.crashes, jobs::kCrashesMax + 1);
  ASSERT_TRUE(capture.error);
  EXPECT_EQ(capture.error->code, Code::kInternal);
  EXPECT_EQ(capture.error->message, jobs::CrashesError().message);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(asked));
  const auto dead_letters = DeadLetters();
  ASSERT_EQ(dead_letters.size(), 1U);
  EXPECT_EQ(dead_letters[0].job.subject, asked.id);
  EXPECT_EQ(dead_letters[0].reason, jobs::CrashesError().message);
}

TEST_F(TakeoverTest, ASuspectIsRetriedOnceMore) {
  const Capture asked = SubmitTap();
  const Capture last = WithCrashes(jobs::kCrashesMax, asked);
  const Capture capture = WorkOn(last);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.crashes, jobs::kCrashesMax);
}

TEST_F(TakeoverTest, ARetryStartsAgainAfterTooManyCrashes) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(ReceiveJob());
  WithCrashes(jobs::kCrashesMax, asked);
  ASSERT_EQ(TakeOver(Claim(asked.id)).phase, Phase::kFailed);
  ASSERT_TRUE(service_->Retry(asked.id));
  EXPECT_EQ(Row(asked.id).crashes, 0);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(TakeoverTest, ASuspectRunsExclusively) {
  std::atomic<int> in_progress{0};
  std::atomic<bool> release_others{false};
  std::atomic<bool> suspect_ended{false};
  const Capture suspect = WithCrashes(jobs::kCrashesMax, AskNew(ScreenshotAt(100)));
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    ++in_progress;
    if (capture.id == suspect.id) {
      EXPECT_EQ(in_progress, 1) << "it waits until the others have ended";
      SubmitNew(300);
      // Long enough for a slot that waits for a job to get it.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      EXPECT_EQ(in_progress, 1);
      suspect_ended = true;
    } else if (capture.spec.start_seconds < 300) {
      while (!release_others) std::this_thread::yield();
    } else {
      EXPECT_TRUE(suspect_ended) << "others wait until it has ended";
    }
    --in_progress;
    return renderer_.Make(capture);
  });
  std::vector<Capture> others = {SubmitNew(200)};
  worker_->Start();
  WaitUntil([&] { return in_progress == 1; });
  Reconcile();
  WaitUntil([&] { return Row(suspect.id).phase == Phase::kRunning; });
  release_others = true;
  EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  WaitUntil([&] { return renderer_.renders() == 3 && attempts_.count() == 0; });
}

TEST_F(TakeoverTest, JobsDuringASuspectAreLeftToOtherWorkers) {
  const Capture suspect = WithCrashes(jobs::kCrashesMax, AskNew(ScreenshotAt(100)));
  std::atomic<bool> release{false};
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    while (capture.id == suspect.id && !release) std::this_thread::yield();
    return renderer_.Make(capture);
  });
  worker_->Start();
  Reconcile();
  WaitUntil([&] { return Row(suspect.id).phase == Phase::kRunning; });
  const Capture screenshot = SubmitTap();
  const Capture clip = SubmitNew(300);
  other_->Start();
  for (const Capture& capture : {screenshot, clip}) {
    WaitUntil([&] { return Row(capture.id).phase == Phase::kComplete; });
  }
  EXPECT_EQ(Row(suspect.id).phase, Phase::kRunning);
  release = true;
  EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  worker_->Stop(std::chrono::milliseconds(0));
  other_->Stop(std::chrono::milliseconds(0));
}

TEST_F(TakeoverTest, JobsDuringASuspectStayInTheQueueWhenTheWorkerStops) {
  const Capture suspect = WithCrashes(jobs::kCrashesMax, AskNew(ScreenshotAt(100)));
  Block block;
  renderer_.Play(BlockingRender(block));
  worker_->Start();
  Reconcile();
  block.begun.get_future().wait();
  const Capture other = SubmitNew(200);
  worker_->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(renderer_.renders(), 1);
  for (const Capture& capture : {suspect, other}) {
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_TRUE(IsLive(capture));
  }
}

TEST_F(TakeoverTest, SuspectsRunOneAfterTheOther) {
  std::atomic<int> in_progress{0};
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    EXPECT_EQ(++in_progress, 1);
    std::this_thread::yield();
    --in_progress;
    return renderer_.Make(capture);
  });
  std::vector<Capture> suspects;
  for (int i = 0; i < 4; ++i) {
    suspects.push_back(WithCrashes(jobs::kCrashesMax, AskNew(ClipOf(i * 100, i * 100 + 10))));
  }
  Reconcile();
  worker_->Start();
  for (const Capture& suspect : suspects) {
    EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  }
}

// --- Posters at which workers crash ------------------------------------------------------------

class PosterTakeoverTest : public TakeoverTest {
 protected:
  // A complete clip whose poster is due.
  Capture ClipWithoutPoster() {
    const Capture clip = AskNew(ClipOf(100, 110));
    const Capture claimed = Claim(clip.id);
    Publish(claimed);
    EXPECT_TRUE(*store_->jobs().Complete(clip.id, 1, ValuesOf(MadeBy(claimed))));
    Reconcile();
    return clip;
  }
  // The worker that renders the poster crashes.
  void CrashAtPoster(const Capture& clip) {
    const auto claimed = kinds_->poster.table().Claim(clip.id, /*take_over=*/true);
    EXPECT_TRUE(claimed && *claimed);
  }
  void TakeOverPoster(const Capture& clip) {
    coord::Delivery delivery;
    delivery.job = {.queue = kBackgroundQueue, .kind = kPosterKind, .subject = clip.id};
    delivery.redelivered = true;
    worker_->Process(delivery);
  }
};

TEST_F(PosterTakeoverTest, APosterOfACrashedWorkerIsRenderedByAnother) {
  const Capture clip = ClipWithoutPoster();
  CrashAtPoster(clip);
  TakeOverPoster(clip);
  EXPECT_TRUE(Row(clip.id).has_thumbnail);
  EXPECT_EQ(Row(clip.id).crashes, 0) << "the clip did not cause it";
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(PosterTakeoverTest, APosterWithTooManyCrashesIsGivenUp) {
  const Capture clip = ClipWithoutPoster();
  for (int crashes = 0; crashes <= jobs::kCrashesMax; ++crashes) CrashAtPoster(clip);
  TakeOverPoster(clip);
  EXPECT_EQ(renderer_.posters(), 0);
  EXPECT_EQ(Row(clip.id).phase, Phase::kComplete);
  EXPECT_EQ(Files(), std::set<std::string>({clip.file_name}));
  Reconcile();
  EXPECT_FALSE(IsPosterLive(clip)) << "the next leader does not enqueue it";
}

}  // namespace
}  // namespace matinee::capture
