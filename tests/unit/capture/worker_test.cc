// The worker: a capture is made, and its row and its files say so; slots, and the end of the
// program.
#include "capture/worker.h"

#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;

// --- Making a capture ------------------------------------------------------------------------

TEST_F(CaptureWorker, MakesAScreenshot) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const Capture capture = Row(asked.id);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.timestamp_seconds, 999.75);
  EXPECT_EQ(capture.spec.start_seconds, 1000);
  EXPECT_EQ(capture.file_size_bytes, 6);
  EXPECT_EQ(capture.width, 1920);
  EXPECT_TRUE(capture.has_thumbnail);
  EXPECT_EQ(capture.file_name, asked.file_name);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_EQ(running_.count(), 0U);
  EXPECT_FALSE(IsLive(asked));
  EXPECT_TRUE(Buried().empty());
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
  renderer_.on_poster = [&](const Capture& capture, const auto&) -> Status {
    EXPECT_EQ(capture.phase, Phase::kComplete);
    EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
    EXPECT_FALSE(Row(asked.id).has_thumbnail);
    EXPECT_TRUE(running_.Has(asked.id)) << "so that a deletion waits for it";
    return {};
  };
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.posters(), 1);
  EXPECT_TRUE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(ThumbnailName(asked.file_name))), "poster of take 1");
}

TEST_F(CaptureWorker, KeepsAClipThatGetsNoPoster) {
  const Capture asked = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
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
  renderer_.on_poster = [&](const auto&, const process::CancelFlag& cancel) -> Status {
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
  renderer_.FailWith(Code::kMediaError);
  SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.posters(), 0);
}

TEST_F(CaptureWorker, CanDoWithoutAThumbnail) {
  renderer_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    return renderer_.Make(capture, /*with_thumbnail=*/false);
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
  events_.Subscribe(kCaptureTopic, [&](const coord::Event& event) {
    if (Row(event.payload).phase != Phase::kComplete) return;
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
  renderer_.Play([&](const Capture& capture, const ProgressCallback& on_progress,
                     const auto&) -> Result<RenderedFiles> {
    EXPECT_EQ(Row(capture.id).phase, Phase::kRunning);
    for (int step = 1; step <= 100; ++step) {
      on_progress(step / 200.0);
      const double now = Row(capture.id).progress;
      if (written.empty() || written.back() != now) written.push_back(now);
    }
    return renderer_.Make(capture);
  });
  SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  ASSERT_FALSE(written.empty());
  EXPECT_EQ(written.front(), 1 / 200.0);
  EXPECT_LT(written.size(), 50U);
}

TEST_F(CaptureWorker, GoesOnIfItsProgressCannotBeWritten) {
  database_->FailOn("capture_set_progress", 1, 1000);
  renderer_.Play([this](const Capture& capture, const ProgressCallback& on_progress,
                        const auto&) -> Result<RenderedFiles> {
    on_progress(0.5);
    return renderer_.Make(capture);
  });
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, EveryOutcomeIsThereBeforeItHappens) {
  for (const std::string queue : {"screenshot", "clip"}) {
    for (const std::string outcome : {"complete", "media_error", "insufficient_storage"}) {
      const std::string counter =
          "matinee_jobs_total{outcome=\"" + outcome + "\",queue=\"" + queue + "\"} 0";
      EXPECT_NE(Scraped().find(counter), std::string::npos) << counter;
    }
  }
}

TEST_F(CaptureWorker, TellsHowLongFilmsOfEachCodecTake) {
  renderer_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    RenderedFiles made = renderer_.Make(capture);
    made.codec = "hevc";
    return made;
  });
  SubmitTap();
  WorkOnce();
  SubmitNew(100);
  WorkOnce();
  for (const std::string counter :
       {R"(matinee_capture_duration_seconds_count{codec="hevc",mode="exact",type="screenshot"} 1)",
        R"(matinee_capture_duration_seconds_count{codec="hevc",mode="fast",type="clip"} 1)",
        R"(matinee_clip_realtime_ratio_count{codec="hevc",mode="fast"} 1)",
        // Ten seconds of clip, made at once.
        R"(matinee_clip_realtime_ratio_bucket{codec="hevc",mode="fast",le="1"} 0)"}) {
    EXPECT_NE(Scraped().find(counter), std::string::npos) << counter << "\n" << Scraped();
  }
  EXPECT_EQ(Scraped().find(R"(matinee_clip_realtime_ratio_count{codec="hevc",mode="exact")"),
            std::string::npos);
}

TEST_F(CaptureWorker, CountsWhatItDid) {
  SubmitTap();
  WorkOnce();
  SubmitNew(100);
  renderer_.FailWith(Code::kMediaError);
  WorkOnce();
  EXPECT_NE(Scraped().find(R"(matinee_jobs_total{outcome="complete",queue="screenshot"} 1)"),
            std::string::npos)
      << Scraped();
  EXPECT_NE(Scraped().find(R"(matinee_jobs_total{outcome="media_error",queue="clip"} 1)"),
            std::string::npos)
      << Scraped();
}

// --- Slots and the end of the program --------------------------------------------------------

TEST_F(CaptureWorker, KeepsASlotFreeForScreenshots) {
  std::atomic<int> clips_begun{0};
  std::atomic<bool> enough{false};
  renderer_.Play([&](const Capture& capture, const auto&,
                     const process::CancelFlag& cancel) -> Result<RenderedFiles> {
    if (capture.spec.type == Type::kScreenshot) return renderer_.Make(capture);
    ++clips_begun;
    while (!enough && !cancel.cancelled()) std::this_thread::yield();
    return renderer_.Make(capture);
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
  std::vector<CallbackRecorder> answers;
  for (int i = 0; i < 40; ++i) {
    clock_.Advance(milliseconds(250));
    answers.push_back(WaitFor(SubmitTap().id));
  }
  std::set<std::string> ids;
  for (CallbackRecorder& answer : answers) {
    ASSERT_TRUE(answer.Get());
    EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
    ids.insert(answer.Get()->id);
  }
  EXPECT_EQ(ids.size(), 40U);
}

TEST_F(CaptureWorker, LetsWhatRunsFinishWhenItStops) {
  Take take;
  renderer_.Play(LongTake(take));
  const Capture asked = SubmitNew(100);
  worker_->Start();
  take.begun.get_future().wait();
  std::thread stopper([this] { worker_->Stop(kTestTimeout); });
  take.go_on = true;
  stopper.join();
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(CaptureWorker, HandsBackWhatDoesNotFinishInTime) {
  Take take;
  renderer_.Play(LongTake(take));
  const Capture running = SubmitNew(100);
  worker_->Start();
  take.begun.get_future().wait();
  worker_->Stop(milliseconds(0));
  EXPECT_EQ(Row(running.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(running.id).tries, 0);
  EXPECT_EQ(Row(running.id).crashes, 0);
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(IsLive(running)) << "another worker may take it at once";
  EXPECT_EQ(store_->ListDue(10)->size(), 1U);
}

TEST_F(CaptureWorker, HandsBackAPosterThatIsNotDoneInTime) {
  std::promise<void> begun;
  renderer_.on_poster = [&](const auto&, const process::CancelFlag& cancel) -> Status {
    begun.set_value();
    while (!cancel.cancelled()) std::this_thread::yield();
    return Fail(Code::kCancelled, "stopped");
  };
  const Capture clip = SubmitNew(100);
  worker_->Start();
  begun.get_future().wait();
  worker_->Stop(milliseconds(0));
  EXPECT_EQ(Row(clip.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);
  EXPECT_TRUE(IsLive(clip));
}

TEST_F(CaptureWorker, BeginsNothingOnceItStops) {
  const Capture asked = SubmitTap();
  const auto job = queue_->Receive(kAllSlots, {});
  worker_->Stop(milliseconds(0));
  worker_->Process(*job);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  EXPECT_TRUE(IsLive(asked)) << "it is given back";
}

}  // namespace
}  // namespace matinee::capture
