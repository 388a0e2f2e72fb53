// The store: which requests are the same, and which transitions are allowed.
#include "capture/store.h"

#include <atomic>
#include <barrier>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Error Trouble() {
  return Error{Code::kUnavailable, "not now"};
}

// --- The same request ------------------------------------------------------------------------

class SameRequestTest : public StoreTest {
 protected:
  // Returns whether both specs, `after` apart, create one capture.
  bool IsOne(const CaptureSpec& first, const CaptureSpec& second,
             milliseconds after = milliseconds(0)) {
    const Capture capture = AskNew(first);
    clock_.Advance(after);
    const Store::Created again = Ask(second);
    EXPECT_EQ(again.is_new, again.capture.id != capture.id);
    return !again.is_new;
  }
  static CaptureSpec WithKey(CaptureSpec spec, const std::string& key) {
    spec.idempotency_key = key;
    return spec;
  }
  static CaptureSpec WithAt(CaptureSpec spec, const std::string& at) {
    spec.at_given = true;
    spec.request_key = "screenshot at=" + at;
    return spec;
  }
};

TEST_F(SameRequestTest, TheSameTimeWithinTwoSecondsIsOneRequest) {
  EXPECT_TRUE(IsOne(ScreenshotAt(100), ScreenshotAt(100), seconds(2)));
}

TEST_F(SameRequestTest, TheSameTimeAfterTwoSecondsIsANewRequest) {
  EXPECT_FALSE(IsOne(ScreenshotAt(100), ScreenshotAt(100), milliseconds(2001)));
}

TEST_F(SameRequestTest, TimesMayDifferByATenthOfASecond) {
  EXPECT_TRUE(IsOne(ScreenshotAt(100), ScreenshotAt(100.09)));
  EXPECT_TRUE(IsOne(ScreenshotAt(300), ScreenshotAt(299.91)));
  EXPECT_FALSE(IsOne(ScreenshotAt(500), ScreenshotAt(500.11)));
  EXPECT_FALSE(IsOne(ScreenshotAt(700), ScreenshotAt(699.89)));
}

TEST_F(SameRequestTest, SessionTypeAndOptionsMustBeEqual) {
  CaptureSpec other_session = ScreenshotAt(100);
  other_session.session_id = "plex-2";
  EXPECT_FALSE(IsOne(ScreenshotAt(100), other_session));
  CaptureSpec precise = ClipOf(300, 330);
  precise.precise = true;
  EXPECT_FALSE(IsOne(ClipOf(300, 330), precise));
  EXPECT_FALSE(IsOne(ClipOf(500, 530), ScreenshotAt(500)));
}

TEST_F(SameRequestTest, BothEndsOfAClipMustBeEqual) {
  EXPECT_TRUE(IsOne(ClipOf(100, 130), ClipOf(100.05, 130.05)));
  EXPECT_FALSE(IsOne(ClipOf(300, 330), ClipOf(300, 331)));
  EXPECT_FALSE(IsOne(ClipOf(500, 530), ClipOf(499, 530)));
}

// With the time of the tap, the same request a second later means the same time, even if a fresher
// position has moved the extrapolated one.
TEST_F(SameRequestTest, TheSameTapTimeIsOneRequestAtAnyPosition) {
  EXPECT_TRUE(
      IsOne(WithAt(ScreenshotAt(100), "12:00"), WithAt(ScreenshotAt(101.5), "12:00"), seconds(1)));
  EXPECT_FALSE(IsOne(WithAt(ScreenshotAt(300), "12:01"), WithAt(ScreenshotAt(301.5), "12:02")));
}

// Without it, the same request a second later means a second later.
TEST_F(SameRequestTest, EqualRequestsAtDifferentPositionsAreTwo) {
  CaptureSpec later = ScreenshotAt(101.5);
  later.request_key = ScreenshotAt(100).request_key;
  EXPECT_FALSE(IsOne(ScreenshotAt(100), later, seconds(1)));
}

TEST_F(SameRequestTest, TheNewestOfSeveralIsFound) {
  AskNew(ScreenshotAt(100));
  clock_.Advance(milliseconds(1500));
  const Capture second = AskNew(ScreenshotAt(100.15));
  clock_.Advance(milliseconds(100));
  EXPECT_EQ(Ask(ScreenshotAt(100.08)).capture.id, second.id);
}

TEST_F(SameRequestTest, ACancelledOrDeletedCaptureIsNotReused) {
  const Capture cancelled = AskNew(ScreenshotAt(100));
  ASSERT_TRUE(store_->Cancel(cancelled.id));
  EXPECT_TRUE(Ask(ScreenshotAt(100)).is_new);
  const Capture deleted = AskNew(ScreenshotAt(300));
  ASSERT_TRUE(store_->SoftDelete(deleted.id));
  EXPECT_TRUE(Ask(ScreenshotAt(300)).is_new);
}

TEST_F(SameRequestTest, ACaptureFromBeforeTheClockWasSetBackIsNotReused) {
  AskNew(ScreenshotAt(100));
  clock_.SetWall(kNoon - hours(48));
  EXPECT_TRUE(Ask(ScreenshotAt(100)).is_new);
}

TEST_F(SameRequestTest, AKeyIsValidForADay) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  EXPECT_TRUE(IsOne(spec, spec, hours(24)));
}

TEST_F(SameRequestTest, AnExpiredKeyCanBeUsedAgain) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  EXPECT_FALSE(IsOne(spec, spec, hours(24) + milliseconds(1)));
  EXPECT_FALSE(Ask(spec).is_new);
}

TEST_F(SameRequestTest, AnotherKeyIsANewRequest) {
  EXPECT_FALSE(IsOne(WithKey(ScreenshotAt(100), "a"), WithKey(ScreenshotAt(100), "b")));
}

TEST_F(SameRequestTest, ARequestWithAKeyIsNotTheOneWithout) {
  EXPECT_FALSE(IsOne(ScreenshotAt(100), WithKey(ScreenshotAt(100), "k")));
  EXPECT_FALSE(IsOne(WithKey(ScreenshotAt(300), "l"), ScreenshotAt(300)));
}

TEST_F(SameRequestTest, AKeyIsFoundAtAnotherPosition) {
  CaptureSpec moved = WithKey(ScreenshotAt(200), "k");
  moved.request_key = ScreenshotAt(100).request_key;
  EXPECT_TRUE(IsOne(WithKey(ScreenshotAt(100), "k"), moved));
}

TEST_F(SameRequestTest, AKeyOfACancelledCaptureIsFound) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  const Capture capture = AskNew(spec);
  ASSERT_TRUE(store_->Cancel(capture.id));
  EXPECT_EQ(Ask(spec).capture.id, capture.id);
}

TEST_F(SameRequestTest, AKeyOfAnotherRequestIsAConflict) {
  AskNew(WithKey(ScreenshotAt(100), "k"));
  const auto created = store_->Create(WithKey(ScreenshotAt(200), "k"));
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::kConflict);
  EXPECT_TRUE(Ask(WithKey(ScreenshotAt(200), "l")).is_new);
}

TEST_F(SameRequestTest, FindByKeyReturnsTheCaptureOfTheKey) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  EXPECT_EQ(*store_->FindByKey("k", spec.request_key), std::nullopt);
  const Capture capture = AskNew(spec);
  const auto found = store_->FindByKey("k", spec.request_key);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((**found).id, capture.id);
  const auto other = store_->FindByKey("k", "something else");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kConflict);
  clock_.Advance(hours(25));
  EXPECT_EQ(*store_->FindByKey("k", spec.request_key), std::nullopt);
}

TEST_F(SameRequestTest, FindByKeyWritesNothing) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  AskNew(spec);
  clock_.Advance(hours(25));
  database_->FailOn("capture_expire_key", 1, 1000);
  EXPECT_EQ(*store_->FindByKey("k", spec.request_key), std::nullopt);
  EXPECT_TRUE(Ask(WithKey(ScreenshotAt(200), "")).is_new);
  EXPECT_FALSE(store_->Create(spec)) << "the expired key must go before it is used again";
  database_->Recover();
  EXPECT_TRUE(Ask(spec).is_new);
}

TEST_F(SameRequestTest, DeletingACaptureReleasesItsKey) {
  const CaptureSpec spec = WithKey(ScreenshotAt(100), "k");
  ASSERT_TRUE(store_->SoftDelete(AskNew(spec).id));
  EXPECT_TRUE(Ask(spec).is_new);
}

TEST_F(SameRequestTest, ConcurrentEqualRequestsCreateOneCapture) {
  for (const std::string& key : {std::string(), std::string("k")}) {
    std::atomic<int> made{0};
    std::barrier start(8);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto created = store_->Create(WithKey(ScreenshotAt(100), key));
        if (created && created->is_new) ++made;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(made, 1) << "key '" << key << "'";
  }
}

// --- Changes of phase ------------------------------------------------------------------------

// The result of each operation of a user in each phase. Without a code it is allowed.
struct Transition {
  Phase from;
  std::optional<Code> cancel_fails_with;
  Phase after_cancel;
  std::optional<Code> retry_fails_with;
  Phase after_retry;
  std::optional<Code> delete_fails_with;
};

std::ostream& operator<<(std::ostream& out, const Transition& t) {
  return out << ToString(t.from);
}

constexpr Transition kTransitions[] = {
    {Phase::kQueued, {}, Phase::kCancelled, Code::kConflict, Phase::kQueued, {}},
    {Phase::kRunning, {}, Phase::kCancelled, Code::kConflict, Phase::kRunning, {}},
    {Phase::kRetrying, {}, Phase::kCancelled, Code::kConflict, Phase::kRetrying, {}},
    {Phase::kComplete, Code::kConflict, Phase::kComplete, Code::kConflict, Phase::kComplete, {}},
    {Phase::kFailed, Code::kConflict, Phase::kFailed, {}, Phase::kQueued, {}},
    {Phase::kCancelled, {}, Phase::kCancelled, {}, Phase::kQueued, {}},
    {Phase::kDeleting, Code::kNotFound, Phase::kDeleting, Code::kNotFound, Phase::kDeleting,
     Code::kNotFound},
};

class TransitionTest : public StoreTest, public testing::WithParamInterface<Transition> {
 protected:
  template <typename T>
  static std::optional<Code> CodeOf(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
  }
  void ExpectPhase(const std::string& id, Phase phase) {
    if (phase == Phase::kDeleting) {
      EXPECT_FALSE(Exists(id));
    } else {
      EXPECT_EQ(Row(id).phase, phase);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(FromEveryPhase, TransitionTest, testing::ValuesIn(kTransitions),
                         [](const auto& tested) {
                           return std::string(ToString(tested.param.from));
                         });

TEST_P(TransitionTest, CancelFollowsTheTable) {
  const Capture capture = In(GetParam().from);
  const auto cancelled = store_->Cancel(capture.id);
  EXPECT_EQ(CodeOf(cancelled), GetParam().cancel_fails_with);
  ExpectPhase(capture.id, GetParam().after_cancel);
  if (cancelled) {
    EXPECT_EQ(cancelled->phase, Phase::kCancelled);
    EXPECT_EQ(cancelled->error->code, Code::kCancelled);
  }
}

TEST_P(TransitionTest, RetryFollowsTheTable) {
  const Capture capture = In(GetParam().from);
  const auto retried = store_->Retry(capture.id);
  EXPECT_EQ(CodeOf(retried), GetParam().retry_fails_with);
  ExpectPhase(capture.id, GetParam().after_retry);
  if (retried) {
    EXPECT_EQ(retried->tries, 0);
    EXPECT_FALSE(retried->error);
  }
}

TEST_P(TransitionTest, DeleteFollowsTheTable) {
  const Capture capture = In(GetParam().from);
  EXPECT_EQ(CodeOf(store_->SoftDelete(capture.id)), GetParam().delete_fails_with);
  EXPECT_FALSE(Exists(capture.id));
}

TEST_P(TransitionTest, PurgeRemovesOnlyDeletedRows) {
  const Capture capture = In(GetParam().from);
  ASSERT_TRUE(store_->Purge(capture.id));
  EXPECT_EQ(Exists(capture.id), GetParam().from != Phase::kDeleting);
  EXPECT_TRUE(store_->ListDeleting(10)->empty());
}

TEST_F(StoreTest, UnknownIdsAreNotFound) {
  const std::string id = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";
  EXPECT_EQ(store_->Get(id).error().code, Code::kNotFound);
  EXPECT_EQ(store_->Cancel(id).error().code, Code::kNotFound);
  EXPECT_EQ(store_->Retry(id).error().code, Code::kNotFound);
  EXPECT_EQ(store_->SoftDelete(id).error().code, Code::kNotFound);
  EXPECT_FALSE(*store_->jobs().Complete(id, 0, ValuesOf(CaptureResult{})));
  EXPECT_TRUE(store_->Purge(id));
}

// --- Lists of work ---------------------------------------------------------------------------

class WorkListTest : public StoreTest {
 protected:
  static std::vector<std::string> IdsOf(const Result<sql::Rows>& rows) {
    EXPECT_TRUE(rows);
    std::vector<std::string> ids;
    for (const sql::Row& row : *rows) ids.push_back(row.Text(0));
    return ids;
  }
  using Ids = std::vector<std::string>;
};

TEST_F(WorkListTest, QueuedAndDueRetriesAreListed) {
  const Capture queued = In(Phase::kQueued);
  clock_.Advance(seconds(1));
  const Capture retrying = In(Phase::kRunning);
  ASSERT_TRUE(*store_->jobs().MarkRetrying(retrying.id, retrying.attempt, Trouble(), seconds(4)));
  for (const auto phase :
       {Phase::kRunning, Phase::kComplete, Phase::kFailed, Phase::kCancelled, Phase::kDeleting}) {
    In(phase);
  }
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(10)), Ids({queued.id}));
  clock_.Advance(milliseconds(3999));
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(10)), Ids({queued.id}));
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(10)), Ids({queued.id, retrying.id}));
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(1)), Ids({queued.id}));
}

TEST_F(WorkListTest, ScreenshotsAreListedBeforeClipsAndOldBeforeNew) {
  const Capture clip = AskNew(ClipOf(100, 130));
  clock_.Advance(seconds(1));
  const Capture first = AskNew(ScreenshotAt(100));
  clock_.Advance(seconds(1));
  const Capture second = AskNew(ScreenshotAt(200));
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(10)), Ids({first.id, second.id, clip.id}));
  EXPECT_EQ(IdsOf(store_->jobs().ListDue(1)), Ids({first.id}));
}

TEST_F(WorkListTest, RunningAndDeletingCapturesAreListed) {
  std::vector<Capture> all;
  for (const auto phase : {Phase::kQueued, Phase::kRunning, Phase::kRetrying, Phase::kComplete,
                           Phase::kFailed, Phase::kCancelled, Phase::kDeleting}) {
    all.push_back(In(phase));
  }
  EXPECT_EQ(IdsOf(store_->jobs().ListRunning(10)), Ids({all[1].id}));
  const auto deleting = store_->ListDeleting(10);
  ASSERT_TRUE(deleting && deleting->size() == 1);
  EXPECT_EQ(deleting->front().id, all[6].id);
}

TEST_F(WorkListTest, CreateIsRefusedAtTheLimitOfUnfinishedCaptures) {
  // By hand: a thousand commits would take seconds.
  const Capture first = AskForScreenshot();
  const auto copies = database_->Run(
      {"test",
       "INSERT INTO captures SELECT id || '-' || n, source, server, session_id, media_title,"
       " media_path, part_start_seconds, audio_stream_index, capture_type, precise,"
       " requested_start_seconds, requested_end_seconds, NULL, request_key, at_given,"
       " timestamp_seconds, duration_seconds, file_name, file_size_bytes, width, height,"
       " has_thumbnail, phase, progress, attempt, tries, retry_at, error_code, error_message,"
       " created_at, updated_at, deaths, traceparent, client, bulk FROM captures,"
       " (WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)"
       "  SELECT n FROM number) AS numbers"},
      {kUnfinishedMax - 1});
  ASSERT_TRUE(copies) << copies.error().message;
  const auto refused = store_->Create(ScreenshotAt(5000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  // Existing captures are still found, and freed room can be used.
  EXPECT_FALSE(Ask(ScreenshotAt(first.spec.start_seconds)).is_new);
  ASSERT_TRUE(store_->Cancel(first.id));
  EXPECT_TRUE(Ask(ScreenshotAt(5000)).is_new);
}

// --- A database that fails -------------------------------------------------------------------

TEST_F(StoreTest, ADatabaseFailureLeavesNoRow) {
  for (const char* query : {"capture_find_same", "capture_count_unfinished", "capture_insert"}) {
    database_->FailOn(query);
    const auto created = store_->Create(ScreenshotAt(100));
    ASSERT_FALSE(created) << query;
    EXPECT_EQ(created.error().code, Code::kUnavailable);
  }
  database_->FailOn("capture_insert", 1, 1, UnreliableDatabase::Failure::kAfter);
  EXPECT_FALSE(store_->Create(ScreenshotAt(100)));
  EXPECT_TRUE(store_->jobs().ListDue(10)->empty());
  EXPECT_TRUE(Ask(ScreenshotAt(100)).is_new);
}

TEST_F(StoreTest, RowsSurviveARestart) {
  const Capture capture = In(Phase::kComplete);
  store_.reset();
  database_ = std::make_unique<UnreliableDatabase>(*test_database_->Open(clock_, nullptr));
  ASSERT_TRUE(sql::Migrate(*database_, {jobs::JobsSchema(), CaptureSchema()}));
  store_ = std::make_unique<Store>(*database_, clock_);
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
}

}  // namespace
}  // namespace matinee::capture
