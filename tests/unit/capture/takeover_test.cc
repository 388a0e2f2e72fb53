// Workers that die, or are cut off and come back: another one takes over, and only one result
// stays.
#include <atomic>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "capture/orphaned_files.h"
#include "capture/worker.h"
#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

class TakingOver : public CaptureWorker {
 protected:
  // The worker of another process takes over the job, and makes the capture.
  void OtherTakesOver(const Capture& capture) {
    other_->Process(DeliveryOf(capture, /*redelivered=*/true));
  }
  // The files of an attempt, as they are when it dies before its row is committed.
  void Publish(const Capture& claimed) {
    const RenderedFiles made = renderer_.Make(claimed);
    const std::string name = FileName(claimed.id, claimed.spec.type, claimed.attempt);
    ASSERT_TRUE(files_.Publish(made.file_path, name));
    if (claimed.spec.type == Type::kClip) return;
    ASSERT_TRUE(files_.Publish(made.thumbnail_path, ThumbnailName(name)));
  }
  // A capture whose worker died when it had published everything.
  Capture DeadAfterPublishing() {
    Capture capture = In(Phase::kRunning);
    Publish(capture);
    return capture;
  }
  static std::set<std::string> FilesOfAttempt(const Capture& capture, int attempt) {
    const std::string name = FileName(capture.id, capture.spec.type, attempt);
    return {name, ThumbnailName(name)};
  }
  // A capture whose worker has died so often, and which waits in the queue.
  Capture WithDeaths(int crashes, const Capture& asked) {
    for (int i = 0; i < crashes; ++i) {
      Claim(asked.id);
      Die(asked.id);
    }
    return Row(asked.id);
  }

  // Shares the rows, the files and the queue, and hears none of our events.
  AttemptRegistry other_running_;
  coord::LocalEventBus other_events_;
  std::unique_ptr<Worker> other_ =
      MakeWorker(WorkerDeps{*store_, files_, *queue_, other_events_, other_running_, metrics_});
};

TEST_F(TakingOver, WhatADeadWorkerWasMakingIsMade) {
  const Capture capture = In(Phase::kRunning);
  const Capture made = TakeOver(capture);
  EXPECT_EQ(made.phase, Phase::kComplete);
  EXPECT_EQ(made.attempt, 2);
  EXPECT_EQ(made.crashes, 1);
  EXPECT_EQ(made.tries, 1) << "a try that ended with its worker does not count";
  EXPECT_EQ(made.file_name, capture.id + ".2.jpg");
  EXPECT_EQ(Files(), FilesOf(capture));
  EXPECT_EQ(ContentOf(capture), "take 2");
}

TEST_F(TakingOver, NeedsTheWordOfTheQueueThatItsWorkerDied) {
  const Capture capture = In(Phase::kRunning);
  const Capture after = WorkOn(capture);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(after.phase, Phase::kRunning);
  EXPECT_EQ(after.attempt, 1);
  EXPECT_EQ(after.crashes, 0);
}

TEST_F(TakingOver, OfWhatWasGivenBackIsNoDeath) {
  for (const auto phase : {Phase::kQueued, Phase::kRetrying}) {
    const Capture made = TakeOver(In(phase));
    EXPECT_EQ(made.phase, Phase::kComplete);
    EXPECT_EQ(made.crashes, 0) << ToString(phase);
  }
}

TEST_F(TakingOver, OfWhatIsOverMakesNothing) {
  for (const auto phase : {Phase::kComplete, Phase::kFailed, Phase::kCancelled}) {
    const Capture capture = In(phase);
    EXPECT_EQ(TakeOver(capture).phase, phase);
  }
  EXPECT_EQ(renderer_.renders(), 0);
}

// --- A worker that was cut off, and comes to its end late --------------------------------------

// Where the late one is when the other takes over.
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

class LateWorker : public TakingOver, public testing::WithParamInterface<Late> {
 protected:
  // The first attempt at a new screenshot, with something that happens in its midst.
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

INSTANTIATE_TEST_SUITE_P(While, LateWorker,
                         testing::Values(Late::kRenders, Late::kPublishesTheThumbnail,
                                         Late::kPublishesTheFile, Late::kCommits),
                         [](const auto& tested) { return "It" + NameOf(tested.param); });

TEST_P(LateWorker, ChangesNothingOfWhatTheOtherHasMade) {
  const Capture capture = WorkWhile([&](const Capture& claimed) { OtherTakesOver(claimed); });
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.attempt, 2);
  EXPECT_EQ(capture.crashes, 1);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ContentOf(capture), "take 2");
  EXPECT_FALSE(IsLive(capture));
}

TEST_P(LateWorker, RemovesNothingOfWhatTheOtherIsAboutToCommit) {
  Capture other;
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    other = Claim(claimed.id, /*take_over=*/true);
    Publish(other);
  });
  EXPECT_EQ(capture.phase, Phase::kRunning) << "it is the other's";
  EXPECT_EQ(capture.attempt, 2);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(FileName(capture.id, Type::kScreenshot, 2))),
            "take 2");
  EXPECT_TRUE(*store_->Complete(other.id, other.attempt, MadeBy(other)));
}

TEST_P(LateWorker, LeavesNothingWhenTheOtherHasFailed) {
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    const Capture other = Claim(claimed.id, /*take_over=*/true);
    EXPECT_TRUE(*store_->MarkFailed(other.id, other.attempt, {Code::kMediaError, "torn"}));
  });
  EXPECT_EQ(capture.phase, Phase::kFailed);
  EXPECT_EQ(capture.error->code, Code::kMediaError);
  EXPECT_TRUE(Files().empty());
}

TEST_P(LateWorker, LeavesNothingOfWhatIsDeletedMeanwhile) {
  const Capture capture = SubmitTap();
  WorkOnceWhile(capture, [&](const Capture& claimed) {
    OtherTakesOver(claimed);
    EXPECT_TRUE(service_->Delete(claimed.id));
    EXPECT_TRUE(store_->ListDeleting(10)->empty());
  });
  EXPECT_FALSE(Exists(capture.id));
  EXPECT_TRUE(Files().empty());
}

// The database neither takes the commit of the late one nor says that it is not its row any more.
TEST_P(LateWorker, LeavesNothingWhenTheDatabaseDoesNotAnswerIt) {
  const Capture capture = WorkWhile([&](const Capture& claimed) {
    OtherTakesOver(claimed);
    database_->FailOn("capture_complete");
  });
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

TEST_F(TakingOver, AClipLeavesTheFilesAndThePosterOfTheOtherAlone) {
  const Capture capture = SubmitNew(100);
  renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
    if (claimed.attempt == 1) OtherTakesOver(claimed);
    return renderer_.Make(claimed);
  });
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_TRUE(Row(capture.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(ThumbnailName(Row(capture.id).file_name))),
            "poster of take 2");
}

TEST_F(TakingOver, AFailureThatComesLateIsNobodys) {
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
    EXPECT_EQ(ContentOf(capture), "take 2");
  }
}

// --- Files of attempts that died after they had published --------------------------------------

TEST_F(TakingOver, FilesOfTheDeadGoWhenTheNextAttemptCompletes) {
  const Capture capture = DeadAfterPublishing();
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 1));
  EXPECT_EQ(TakeOver(capture).phase, Phase::kComplete);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

TEST_F(TakingOver, FilesOfTheDeadGoWhenTheNextAttemptFails) {
  for (const auto code : {Code::kMediaError, Code::kUnavailable, Code::kCancelled}) {
    const Capture capture = DeadAfterPublishing();
    renderer_.FailWith(code);
    TakeOver(capture);
    EXPECT_TRUE(Files().empty()) << InfoOf(code).name;
  }
}

TEST_F(TakingOver, FilesOfTheDeadGoWhenTheNextAttemptIsCancelled) {
  const Capture capture = DeadAfterPublishing();
  renderer_.Play([&](const Capture& claimed, const auto&, const auto&) -> Result<RenderedFiles> {
    EXPECT_TRUE(service_->Cancel(claimed.id));
    return Cancelled();
  });
  EXPECT_EQ(TakeOver(capture).phase, Phase::kCancelled);
  EXPECT_TRUE(Files().empty());
}

TEST_F(TakingOver, FilesOfTheDeadGoWhenItWasCancelledMeanwhile) {
  const Capture capture = DeadAfterPublishing();
  ASSERT_TRUE(service_->Cancel(capture.id));
  TakeOver(capture);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_TRUE(Files().empty());
}

TEST_F(TakingOver, FilesOfTheDeadGoWhenItIsDeleted) {
  const Capture capture = DeadAfterPublishing();
  Publish(Claim(capture.id, /*take_over=*/true));
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(TakingOver, FilesOfACompleteCaptureStay) {
  const Capture capture = In(Phase::kRunning);
  ASSERT_EQ(TakeOver(capture).phase, Phase::kComplete);
  Publish(capture);  // The late one died as well.
  EXPECT_EQ(TakeOver(capture).attempt, 2);
  EXPECT_EQ(Files(), FilesOfAttempt(capture, 2));
}

// --- What its worker dies of -------------------------------------------------------------------

TEST_F(TakingOver, WhatKilledTooManyWorkersIsGivenUpAndBuried) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(TakeJob());
  WithDeaths(kCrashesMax, asked);
  const Capture last = Claim(asked.id);
  Publish(last);
  const Capture capture = TakeOver(last);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(capture.phase, Phase::kFailed);
  EXPECT_EQ(capture.crashes, kCrashesMax + 1);
  ASSERT_TRUE(capture.error);
  EXPECT_EQ(capture.error->code, Code::kInternal);
  EXPECT_EQ(capture.error->message, CrashesError().message);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(IsLive(asked));
  const auto buried = Buried();
  ASSERT_EQ(buried.size(), 1U);
  EXPECT_EQ(buried[0].job.subject, asked.id);
  EXPECT_EQ(buried[0].reason, CrashesError().message);
}

TEST_F(TakingOver, WhatKilledWorkersIsMadeOnceMoreIfItCanBe) {
  const Capture asked = SubmitTap();
  const Capture last = WithDeaths(kCrashesMax, asked);
  const Capture capture = WorkOn(last);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.crashes, kCrashesMax);
}

TEST_F(TakingOver, WhatWasGivenUpBeginsAnewWhenAPersonTriesAgain) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(TakeJob());
  WithDeaths(kCrashesMax, asked);
  ASSERT_EQ(TakeOver(Claim(asked.id)).phase, Phase::kFailed);
  ASSERT_TRUE(service_->Retry(asked.id));
  EXPECT_EQ(Row(asked.id).crashes, 0);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(TakingOver, ASuspectRunsWithNothingBesideIt) {
  std::atomic<int> under_way{0};
  std::atomic<bool> let_others_end{false};
  std::atomic<bool> suspect_ended{false};
  const Capture suspect = WithDeaths(kCrashesMax, AskNew(ScreenshotAt(100)));
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    ++under_way;
    if (capture.id == suspect.id) {
      EXPECT_EQ(under_way, 1) << "it waits until the others have ended";
      SubmitNew(300);
      // Long enough for a slot that waits for a job to get it.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      EXPECT_EQ(under_way, 1);
      suspect_ended = true;
    } else if (capture.spec.start_seconds < 300) {
      while (!let_others_end) std::this_thread::yield();
    } else {
      EXPECT_TRUE(suspect_ended) << "others wait until it has ended";
    }
    --under_way;
    return renderer_.Make(capture);
  });
  std::vector<Capture> others = {SubmitNew(200)};
  worker_->Start();
  WaitUntil([&] { return under_way == 1; });
  Sweep();
  WaitUntil([&] { return Row(suspect.id).phase == Phase::kRunning; });
  let_others_end = true;
  EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  WaitUntil([&] { return renderer_.renders() == 3 && running_.count() == 0; });
}

TEST_F(TakingOver, WhatComesWhileASuspectRunsIsLeftToOtherWorkers) {
  const Capture suspect = WithDeaths(kCrashesMax, AskNew(ScreenshotAt(100)));
  std::atomic<bool> go_on{false};
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    while (capture.id == suspect.id && !go_on) std::this_thread::yield();
    return renderer_.Make(capture);
  });
  worker_->Start();
  Sweep();
  WaitUntil([&] { return Row(suspect.id).phase == Phase::kRunning; });
  const Capture screenshot = SubmitTap();
  const Capture clip = SubmitNew(300);
  other_->Start();
  for (const Capture& capture : {screenshot, clip}) {
    WaitUntil([&] { return Row(capture.id).phase == Phase::kComplete; });
  }
  EXPECT_EQ(Row(suspect.id).phase, Phase::kRunning);
  go_on = true;
  EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  worker_->Stop(std::chrono::milliseconds(0));
  other_->Stop(std::chrono::milliseconds(0));
}

TEST_F(TakingOver, WhatComesWhileASuspectRunsStaysInTheQueueWhenTheWorkerStops) {
  const Capture suspect = WithDeaths(kCrashesMax, AskNew(ScreenshotAt(100)));
  Take take;
  renderer_.Play(LongTake(take));
  worker_->Start();
  Sweep();
  take.begun.get_future().wait();
  const Capture other = SubmitNew(200);
  worker_->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(renderer_.renders(), 1);
  for (const Capture& capture : {suspect, other}) {
    EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
    EXPECT_TRUE(IsLive(capture));
  }
}

TEST_F(TakingOver, TwoSuspectsFollowOneAnother) {
  std::atomic<int> under_way{0};
  renderer_.Play([&](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    EXPECT_EQ(++under_way, 1);
    std::this_thread::yield();
    --under_way;
    return renderer_.Make(capture);
  });
  std::vector<Capture> suspects;
  for (int i = 0; i < 4; ++i) {
    suspects.push_back(WithDeaths(kCrashesMax, AskNew(ClipOf(i * 100, i * 100 + 10))));
  }
  Sweep();
  worker_->Start();
  for (const Capture& suspect : suspects) {
    EXPECT_EQ(WaitFor(suspect.id).Get()->phase, Phase::kComplete);
  }
}

// --- Posters at which workers die --------------------------------------------------------------

TEST_F(TakingOver, APosterAtWhichAWorkerDiedIsMadeByAnother) {
  const Capture clip = AskNew(ClipOf(100, 110));
  const Capture claimed = Claim(clip.id);
  Publish(claimed);
  ASSERT_TRUE(*store_->Complete(clip.id, 1, MadeBy(claimed)));
  EXPECT_TRUE(TakeOver(clip).has_thumbnail);
  EXPECT_EQ(Row(clip.id).crashes, 1);
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(TakingOver, APosterThatKillsItsWorkersIsLeftOut) {
  const Capture clip = AskNew(ClipOf(100, 110));
  const Capture claimed = Claim(clip.id);
  Publish(claimed);
  ASSERT_TRUE(*store_->Complete(clip.id, 1, MadeBy(claimed)));
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no picture");
  };
  for (int crashes = 1; crashes <= kCrashesMax; ++crashes) TakeOver(clip);
  EXPECT_EQ(renderer_.posters(), kCrashesMax);
  EXPECT_EQ(TakeOver(clip).phase, Phase::kComplete);
  EXPECT_EQ(renderer_.posters(), kCrashesMax);
  Sweep();
  EXPECT_FALSE(TakeJob()) << "nor is it looked for by the next leader";
}

}  // namespace
}  // namespace matinee::capture
