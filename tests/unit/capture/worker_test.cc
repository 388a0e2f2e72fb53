// The worker: rendering and committing, slots, and shutdown.
#include "jobs/worker.h"

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

// --- Attempts --------------------------------------------------------------------------------

TEST_F(WorkerTest, AScreenshotIsRenderedAndCommitted) {
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  const Capture capture = Row(asked.id);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.timestamp_seconds, 999.75);
  EXPECT_EQ(capture.spec.start_seconds, 1000);
  EXPECT_EQ(capture.file_size_bytes, 9);
  EXPECT_EQ(capture.width, 1920);
  EXPECT_TRUE(capture.has_thumbnail);
  EXPECT_EQ(capture.file_name, asked.file_name);
  EXPECT_EQ(Files(), FilesOf(asked));
  EXPECT_EQ(attempts_.count(), 0U);
  EXPECT_FALSE(IsLive(asked));
  EXPECT_TRUE(DeadLetters().empty());
}

TEST_F(WorkerTest, AClipIsRenderedAndCommitted) {
  const Capture asked = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  const Capture capture = Row(asked.id);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.duration_seconds, 7.5);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(WorkerTest, AClipIsCompleteBeforeItsPosterExists) {
  const Capture asked = SubmitNew(100);
  renderer_.on_poster = [&](const Capture& capture, const auto&) -> Status {
    EXPECT_EQ(capture.phase, Phase::kComplete);
    EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
    EXPECT_FALSE(Row(asked.id).has_thumbnail);
    EXPECT_TRUE(queue_->Live(KeysOf(asked.id))->contains("poster:" + asked.id))
        << "so that a deletion waits for it";
    return {};
  };
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.posters(), 0);
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(renderer_.posters(), 1);
  EXPECT_TRUE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(ReadTextFile(files_.ReadablePath(ThumbnailName(asked.file_name)).value()),
            "poster of attempt 1");
}

TEST_F(WorkerTest, AClipWithoutAPosterIsKept) {
  const Capture asked = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no frame");
  };
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).error);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(WorkerTest, AClipWhosePosterCannotBePublishedIsKept) {
  const Capture asked = SubmitNew(100);
  files_.Refuse(".jpg", Code::kInsufficientStorage);
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(WorkerTest, AClipDeletedDuringItsPosterLeavesNothing) {
  const Capture asked = SubmitNew(100);
  renderer_.on_poster = [&](const auto&, const auto&) -> Status {
    EXPECT_TRUE(service_->Delete(asked.id));
    EXPECT_TRUE(FilesIn(folder_.File("captures")).contains(asked.file_name));
    return {};
  };
  ASSERT_TRUE(WorkOnce());
  ASSERT_TRUE(WorkOnce());
  Reconcile();
  EXPECT_FALSE(Exists(asked.id));
  EXPECT_EQ(Files(), std::set<std::string>());
}

TEST_F(WorkerTest, AFailedClipGetsNoPoster) {
  renderer_.FailWith(Code::kMediaError);
  SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  Reconcile();
  EXPECT_FALSE(WorkOnce());
  EXPECT_EQ(renderer_.posters(), 0);
}

TEST_F(WorkerTest, AScreenshotWithoutAThumbnailIsComplete) {
  renderer_.Play([this](const Capture& capture, const auto&, const auto&) -> Result<RenderedFiles> {
    return renderer_.Make(capture, /*with_thumbnail=*/false);
  });
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
  EXPECT_FALSE(Row(asked.id).has_thumbnail);
  EXPECT_EQ(Files(), std::set<std::string>({asked.file_name}));
}

TEST_F(WorkerTest, TheFilesExistBeforeTheRowIsComplete) {
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

TEST_F(WorkerTest, ProgressIsWrittenButNotAtEveryStep) {
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

TEST_F(WorkerTest, AnAttemptContinuesIfItsProgressCannotBeWritten) {
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

TEST_F(WorkerTest, EveryOutcomeCounterStartsAtZero) {
  for (const std::string queue : {"screenshot", "clip"}) {
    for (const std::string outcome : {"complete", "media_error", "insufficient_storage"}) {
      const std::string counter =
          "matinee_jobs_total{outcome=\"" + outcome + "\",queue=\"" + queue + "\"} 0";
      EXPECT_NE(Scraped().find(counter), std::string::npos) << counter;
    }
  }
}

TEST_F(WorkerTest, DurationsAreMeasuredByCodec) {
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
        // Ten seconds of clip, rendered at once.
        R"(matinee_clip_realtime_ratio_bucket{codec="hevc",mode="fast",le="1"} 0)"}) {
    EXPECT_NE(Scraped().find(counter), std::string::npos) << counter << "\n" << Scraped();
  }
  EXPECT_EQ(Scraped().find(R"(matinee_clip_realtime_ratio_count{codec="hevc",mode="exact")"),
            std::string::npos);
}

TEST_F(WorkerTest, QueueWaitsOfMinutesAreMeasured) {
  coord::Delivery delivery = DeliveryOf(SubmitNew(100));
  delivery.waited = std::chrono::minutes(4);
  worker_->Process(delivery);
  for (const std::string bucket : {R"(le="120"} 0)", R"(le="300"} 1)"}) {
    const std::string line = R"(matinee_job_wait_seconds_bucket{queue="clip",)" + bucket;
    EXPECT_NE(Scraped().find(line), std::string::npos) << line << "\n" << Scraped();
  }
}

TEST_F(WorkerTest, JobsAreCountedByOutcome) {
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

// --- Slots and shutdown ----------------------------------------------------------------------

TEST_F(WorkerTest, ASlotIsReservedForScreenshots) {
  std::atomic<int> clips_begun{0};
  std::atomic<bool> release{false};
  renderer_.Play([&](const Capture& capture, const auto&,
                     const process::CancelFlag& cancel) -> Result<RenderedFiles> {
    if (capture.spec.type == Type::kScreenshot) return renderer_.Make(capture);
    ++clips_begun;
    while (!release && !cancel.cancelled()) std::this_thread::yield();
    return renderer_.Make(capture);
  });
  std::vector<Capture> clips;
  for (int i = 0; i < 5; ++i) clips.push_back(SubmitNew(i * 20));
  worker_->Start();
  WaitUntil([&] { return clips_begun == 2; });  // Of three slots.
  const Capture screenshot = SubmitTap();
  EXPECT_EQ(WaitFor(screenshot.id).Get()->phase, Phase::kComplete);
  EXPECT_EQ(clips_begun, 2);
  release = true;
  for (const Capture& clip : clips) {
    EXPECT_EQ(WaitFor(clip.id).Get()->phase, Phase::kComplete);
  }
}

TEST_F(WorkerTest, FortyConcurrentScreenshotsComplete) {
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

TEST_F(WorkerTest, StopWaitsForAttemptsInFlight) {
  Block block;
  renderer_.Play(BlockingRender(block));
  const Capture asked = SubmitNew(100);
  worker_->Start();
  block.begun.get_future().wait();
  std::thread stopper([this] { worker_->Stop(kTestTimeout); });
  block.go_on = true;
  stopper.join();
  EXPECT_EQ(Row(asked.id).phase, Phase::kComplete);
}

TEST_F(WorkerTest, StopRequeuesWhatDoesNotFinishInTime) {
  Block block;
  renderer_.Play(BlockingRender(block));
  const Capture running = SubmitNew(100);
  worker_->Start();
  block.begun.get_future().wait();
  worker_->Stop(milliseconds(0));
  EXPECT_EQ(Row(running.id).phase, Phase::kQueued);
  EXPECT_EQ(Row(running.id).tries, 0);
  EXPECT_EQ(Row(running.id).crashes, 0);
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(IsLive(running)) << "another worker may receive it at once";
  EXPECT_EQ(store_->jobs().ListDue(10)->size(), 1U);
}

TEST_F(WorkerTest, StopRequeuesAPosterThatDoesNotFinishInTime) {
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
  EXPECT_TRUE(IsPosterLive(clip));
}

TEST_F(WorkerTest, NoJobStartsOnceTheWorkerStops) {
  const Capture asked = SubmitTap();
  const auto job = queue_->Receive(kAllSlots, {});
  worker_->Stop(milliseconds(0));
  worker_->Process(*job);
  EXPECT_EQ(renderer_.renders(), 0);
  EXPECT_EQ(Row(asked.id).phase, Phase::kQueued);
  EXPECT_TRUE(IsLive(asked)) << "it is requeued";
}

}  // namespace
}  // namespace matinee::capture
