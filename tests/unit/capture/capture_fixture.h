// Fixtures: the parts of `matinee up` with a manual clock, one playback session, and fakes that can
// fail. Tests derive from CaptureFixture, or from StoreTest where only rows matter.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/time_format.h"
#include "base/timer_queue.h"
#include "capture/capture_handler.h"
#include "capture/capture_kind.h"
#include "capture/capture_row.h"
#include "capture/capture_schema.h"
#include "capture/poster_kind.h"
#include "capture/service.h"
#include "capture/store.h"
#include "coord/local/event_bus.h"
#include "jobs/attempt_registry.h"
#include "jobs/jobs_schema.h"
#include "jobs/reconciler.h"
#include "jobs/retry_policy.h"
#include "jobs/terms.h"
#include "jobs/worker.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tests/lib/cpp/test_database.h"
#include "tests/unit/capture/fakes.h"
#include "tests/unit/manual_clock.h"

namespace matinee::capture {

// How long a test waits before it fails.
constexpr std::chrono::seconds kTestTimeout{30};

inline const WallTime kNoon = ParseTime("2026-02-18T12:00:00Z").value();

// A session at 1000 s of 5000 s, since noon.
inline media::PlaybackSession Film() {
  media::PlaybackSession session;
  session.session_id = "plex-1";
  session.source = media::MediaServerType::kPlex;
  session.server = "plex";
  session.title = "The Film";
  session.media_type = "movie";
  session.position_seconds = 1000;
  session.position_at = kNoon;
  session.duration_seconds = 5000;
  session.media_path = "/media/film.mkv";
  session.capturable = true;
  return session;
}

// Rows in a real database.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    auto opened = test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    database_ = std::make_unique<UnreliableDatabase>(*std::move(opened));
    if (!sql::Migrate(*database_, {jobs::JobsSchema(), CaptureSchema()})) std::abort();
    store_ = std::make_unique<Store>(*database_, clock_);
    BeginTerm(1);
  }

  // Makes this process the leader, in this term.
  void BeginTerm(coord::Term term) {
    term_ = term;
    const Status begun = jobs::BeginTerm(*database_, term);
    EXPECT_TRUE(begun) << begun.error().message;
  }

  static CaptureSpec ScreenshotAt(double seconds) {
    CaptureSpec spec;
    spec.source = "plex";
    spec.server = "plex";
    spec.session_id = "plex-1";
    spec.media_title = "The Film";
    spec.media_path = "/media/film.mkv";
    spec.start_seconds = seconds;
    spec.request_key = "screenshot at " + std::to_string(seconds);
    return spec;
  }
  static CaptureSpec ClipOf(double start_seconds, double end_seconds) {
    CaptureSpec spec = ScreenshotAt(start_seconds);
    spec.type = Type::kClip;
    spec.end_seconds = end_seconds;
    spec.request_key = "clip from " + std::to_string(start_seconds);
    return spec;
  }

  Store::Created Ask(const CaptureSpec& spec) {
    auto created = store_->Create(spec);
    EXPECT_TRUE(created) << created.error().message;
    return created ? *created : Store::Created{};
  }
  Capture AskNew(const CaptureSpec& spec) {
    const Store::Created created = Ask(spec);
    EXPECT_TRUE(created.is_new);
    return created.capture;
  }
  // Creates a screenshot at a new time.
  Capture AskForScreenshot() { return AskNew(ScreenshotAt(next_moment_ += 10)); }

  Capture Claim(const std::string& id, bool take_over = false) {
    const auto claimed = store_->jobs().Claim(id, take_over);
    EXPECT_TRUE(claimed && *claimed) << "cannot be claimed: " << id;
    return claimed && *claimed ? FromRow(**claimed).value() : Capture{};
  }
  Capture Row(const std::string& id) {
    auto capture = store_->Get(id);
    EXPECT_TRUE(capture) << capture.error().message;
    return capture ? *capture : Capture{};
  }
  // Its worker crashes, and it is requeued.
  void Crash(const std::string& id) {
    const Error error{Code::kInternal, "interrupted"};
    const auto interrupted = store_->jobs().RequeueOrphan(id, Row(id).attempt, error, *term_);
    EXPECT_TRUE(interrupted && *interrupted) << "is not running: " << id;
  }
  bool Exists(const std::string& id) { return store_->Get(id).has_value(); }

  // The result of an attempt, with its file name only.
  static CaptureResult MadeBy(const Capture& claimed) {
    CaptureResult result;
    result.file_name = FileName(claimed.id, claimed.spec.type, claimed.attempt);
    return result;
  }

  // Creates a capture and brings it to this phase by the usual transitions.
  Capture In(Phase phase) {
    const Capture asked = AskForScreenshot();
    Capture capture = asked;
    const bool is_claimed =
        phase != Phase::kQueued && phase != Phase::kCancelled && phase != Phase::kDeleting;
    if (is_claimed) capture = Claim(asked.id);
    const Error error{Code::kUnavailable, "not now"};
    bool changed = true;
    if (phase == Phase::kRetrying) {
      changed = *store_->jobs().MarkRetrying(asked.id, capture.attempt, error, {});
    } else if (phase == Phase::kFailed) {
      changed = *store_->jobs().MarkFailed(asked.id, capture.attempt, error);
    } else if (phase == Phase::kComplete) {
      changed = *store_->jobs().Complete(asked.id, capture.attempt, ValuesOf(MadeBy(capture)));
    } else if (phase == Phase::kCancelled) {
      changed = store_->Cancel(asked.id).has_value();
    }
    EXPECT_TRUE(changed);
    if (phase == Phase::kDeleting) {
      EXPECT_TRUE(store_->SoftDelete(asked.id));
    } else {
      EXPECT_EQ(Row(asked.id).phase, phase);
    }
    return capture;
  }

  TemporaryFolder folder_;
  ManualClock clock_{kNoon};
  std::unique_ptr<sql::TestDatabase> test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<UnreliableDatabase> database_;
  std::unique_ptr<Store> store_;
  std::optional<coord::Term> term_;  // While this process is the leader.

 private:
  double next_moment_ = 0;
};

// Records the result and the number of calls of a callback.
class CallbackRecorder {
 public:
  Service::Done Done() {
    return [state = state_](Result<Capture> result) {
      if (state->calls++ == 0) state->promise.set_value(std::move(result));
    };
  }
  [[nodiscard]] bool called() const { return state_->calls > 0; }
  [[nodiscard]] int calls() const { return state_->calls; }
  // Waits for the result.
  const Result<Capture>& Get() {
    if (!result_) {
      auto future = state_->promise.get_future();
      if (future.wait_for(kTestTimeout) == std::future_status::ready) {
        result_ = future.get();
      } else {
        ADD_FAILURE() << "the callback was not called";
        result_ = Fail(Code::kInternal, "the callback was not called");
      }
    }
    return *result_;
  }
  // Returns the code of the error, or nothing if the result is a capture.
  std::optional<Code> Refusal() { return Get() ? std::nullopt : std::optional(Get().error().code); }

 private:
  struct State {
    std::promise<Result<Capture>> promise;
    std::atomic<int> calls{0};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::optional<Result<Capture>> result_;
};

class CaptureFixture : public StoreTest {
 protected:
  static constexpr int64_t kFreeBytesMin = 1 << 30;

  CaptureFixture() : files_(folder_.File("captures")), renderer_(files_) {
    ConfigureLog(Severity::kError, LogFormat::kText);  // Failures are what these tests are about.
    if (!files_.Open()) std::abort();
    Open();
  }

  // Restarts the process as after a crash: all but the rows and the files is lost.
  void Restart() {
    worker_.reset();
    service_.reset();
    reconciler_.reset();
    queue_ = std::make_unique<UnreliableQueue>();
    Open();
    BeginTerm(*term_ + 1);
  }

  void Open() {
    kinds_ = std::make_unique<Kinds>(*this);
    OpenService();
    OpenReconciler();
    worker_ = MakeWorker(events_, attempts_);
  }

  std::unique_ptr<jobs::Worker> MakeWorker(coord::EventBus& events,
                                           jobs::AttemptRegistry& attempts) {
    return std::make_unique<jobs::Worker>(
        jobs::WorkerDeps{*queue_, events, attempts, metrics_},
        std::vector<jobs::Handler*>{&kinds_->capture_handler, &kinds_->poster_handler},
        worker_options_);
  }

  // Lookups return at once, unless a test replaces lookup_.
  void OpenService() {
    service_.reset();
    service_ = std::make_unique<Service>(
        ServiceDeps{*store_, files_, *queue_, events_, *executor_, timers_, clock_, nullptr, {}},
        [this](const std::string& id, std::chrono::milliseconds limit,
               std::function<void(std::optional<media::PlaybackSession>)> done) {
          lookup_(id, limit, std::move(done));
        },
        kFreeBytesMin);
  }
  void OpenReconciler() {
    reconciler_ = std::make_unique<jobs::Reconciler>(
        jobs::ReconcilerDeps{kinds_->all, *queue_, events_, [this] { return term_; }, metrics_});
  }
  void CloseService() { service_.reset(); }

  template <typename Request>
  CallbackRecorder Submit(const Request& request) {
    CallbackRecorder answer;
    service_->Submit(request, answer.Done());
    return answer;
  }
  Capture SubmitNew(double start_seconds) {
    ClipRequest request;
    request.session_id = "plex-1";
    request.start_seconds = start_seconds;
    request.end_seconds = start_seconds + 10;
    CallbackRecorder answer = Submit(request);
    EXPECT_TRUE(answer.Get()) << answer.Get().error().message;
    return answer.Get().value_or(Capture{});
  }
  static ScreenshotRequest Tap() {
    ScreenshotRequest request;
    request.session_id = "plex-1";
    return request;
  }
  Capture SubmitTap() {
    CallbackRecorder answer = Submit(Tap());
    EXPECT_TRUE(answer.Get()) << answer.Get().error().message;
    return answer.Get().value_or(Capture{});
  }
  CallbackRecorder WaitFor(const std::string& id, std::chrono::milliseconds limit = kTestTimeout) {
    CallbackRecorder answer;
    service_->AwaitTerminal(id, limit, answer.Done());
    return answer;
  }

  std::optional<coord::Delivery> ReceiveJob(const coord::QueueFilter& filter = kAllSlots) {
    return queue_->Receive(filter, {});
  }
  // Runs the next job, if there is one, on this thread.
  bool WorkOnce() {
    const auto delivery = ReceiveJob();
    if (delivery) worker_->Process(*delivery);
    return delivery.has_value();
  }
  // Returns the job as the queue delivers it; `redelivered`: after a crash of another worker.
  static coord::Delivery DeliveryOf(const Capture& capture, bool redelivered = false) {
    coord::Delivery delivery;
    delivery.job = JobOf(capture);
    delivery.receipt = capture.id;
    delivery.redelivered = redelivered;
    return delivery;
  }
  // Runs a retry of the capture without waiting until it is due.
  Capture WorkOn(const Capture& capture) {
    worker_->Process(DeliveryOf(capture));
    return Row(capture.id);
  }
  // The worker takes over from a crashed one.
  Capture TakeOver(const Capture& capture) {
    worker_->Process(DeliveryOf(capture, /*redelivered=*/true));
    return Row(capture.id);
  }
  void Reconcile() {
    const Status reconciled = reconciler_->ReconcileOnce();
    EXPECT_TRUE(reconciled) << reconciled.error().message;
  }

  std::set<std::string> Files() { return FilesIn(folder_.File("captures")); }
  // Returns the files of a complete capture: the file that its row names, and its thumbnail.
  std::set<std::string> FilesOf(const Capture& capture) {
    const std::string file_name = Row(capture.id).file_name;
    return {file_name, ThumbnailName(file_name)};
  }
  std::string ContentOf(const Capture& capture) {
    return ReadTextFile(files_.ReadablePath(Row(capture.id).file_name).value());
  }
  std::vector<coord::DeadLetterJob> DeadLetters() {
    return queue_->DeadLetters(coord::kDeadLettersMax)
        .value_or(std::vector<coord::DeadLetterJob>());
  }
  bool IsPosterLive(const Capture& clip) {
    const std::string key = std::string(kPosterKind) + ":" + clip.id;
    return queue_->Live({key})->contains(key);
  }
  bool IsLive(const Capture& capture) { return queue_->Live({capture.id})->contains(capture.id); }

  UnreliableFolder files_;
  FakeRenderer renderer_;
  Metrics metrics_;
  std::unique_ptr<UnreliableQueue> queue_ = std::make_unique<UnreliableQueue>();
  coord::LocalEventBus events_;
  jobs::AttemptRegistry attempts_;
  TimerQueue timers_;
  std::unique_ptr<Executor> executor_ = std::make_unique<Executor>("work", 4, 256);
  SessionLookup lookup_ =
      [](const std::string& id, std::chrono::milliseconds,
         const std::function<void(std::optional<media::PlaybackSession>)>& done) {
        done(id == "plex-1" ? std::optional(Film()) : std::nullopt);
      };
  jobs::WorkerOptions worker_options_{.slots = 3,
                                      .database_retry_timeout = std::chrono::milliseconds(0),
                                      .random = [] { return 0.5; }};
  // What `cmd/` registers.
  struct Kinds {
    explicit Kinds(CaptureFixture& parts)
        : capture(all.Add(std::make_unique<CaptureKind>(*parts.store_, parts.files_, *parts.queue_,
                                                        parts.metrics_))),
          poster(all.Add(std::make_unique<PosterKind>(*parts.store_, parts.files_, *parts.queue_,
                                                      *parts.database_, parts.clock_))),
          capture_handler(capture, poster, parts.files_, parts.metrics_,
                          parts.renderer_.AsRenderFunction()),
          poster_handler(poster, *parts.store_, parts.files_, parts.events_,
                         parts.renderer_.AsPosterFunction()) {}

    jobs::JobKinds all;
    CaptureKind& capture;
    PosterKind& poster;
    CaptureHandler capture_handler;
    PosterHandler poster_handler;
  };

  std::unique_ptr<Kinds> kinds_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<jobs::Worker> worker_;
  std::unique_ptr<jobs::Reconciler> reconciler_;
};

}  // namespace matinee::capture
