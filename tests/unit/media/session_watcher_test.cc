#include "media/session_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>

#include "tests/unit/manual_clock.h"
#include "tests/unit/media/fake_server.h"

namespace matinee::media {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SessionWatcherTest : public testing::Test {
 protected:
  // Servers poll once at the start; later polls are requested by a test.
  static constexpr milliseconds kNever = hours(10);
  static constexpr seconds kTestTimeout{60};

  FakeServer& Add(const std::string& name, MediaServerType source, const std::string& prefix) {
    auto server = std::make_unique<FakeServer>(name, source, prefix);
    FakeServer& reference = *server;
    servers_.push_back(std::move(server));
    return reference;
  }
  SessionWatcher& Start(milliseconds interval = kNever) {
    Make(interval);
    watcher_->Start();
    return *watcher_;
  }
  SessionWatcher& Make(milliseconds interval = kNever) {
    watcher_.emplace(std::move(servers_), interval, clock_, metrics_, timers_);
    return *watcher_;
  }
  std::optional<PlaybackSession> Fresh(const std::string& id, milliseconds limit = seconds(20)) {
    std::promise<std::optional<PlaybackSession>> promise;
    watcher_->FreshSession(id, limit, [&promise](std::optional<PlaybackSession> session) {
      promise.set_value(std::move(session));
    });
    return Await(promise);
  }
  // Polls the server of this id once more and waits for it.
  void Poll(const std::string& id) { Fresh(id); }

  // Fails the test if the promise is not fulfilled in time.
  template <typename T>
  T Await(std::promise<T>& promise) {
    auto future = promise.get_future();
    if (future.wait_for(kTestTimeout) != std::future_status::ready) {
      // The callback refers to the caller's stack, so the test cannot continue.
      ADD_FAILURE() << "no answer in time";
      std::abort();
    }
    return future.get();
  }

  ManualClock clock_{WallTime(hours(500000))};
  Metrics metrics_;
  TimerQueue timers_;
  std::vector<std::unique_ptr<MediaServer>> servers_;
  std::optional<SessionWatcher> watcher_;
};

TEST_F(SessionWatcherTest, MergesAllServersInTheirOrder) {
  FakeServer& jellyfin = Add("den", MediaServerType::kJellyfin, "jf-");
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  PlaybackSession b;
  b.session_id = "jf-1";
  b.title = "B";
  PlaybackSession a = b;
  a.session_id = "jf-2";
  a.title = "A";
  jellyfin.Answer(std::vector{b, a});
  plex.Plays("9");
  Start();
  Poll("jf-1");
  Poll("plex-9");
  const auto sessions = watcher_->Sessions();
  ASSERT_THAT(sessions, SizeIs(3));
  EXPECT_EQ(sessions[0].session_id, "jf-2");
  EXPECT_EQ(sessions[1].session_id, "jf-1");
  EXPECT_EQ(sessions[2].session_id, "plex-9");
}

TEST_F(SessionWatcherTest, HasNoSessionsBeforeTheFirstPoll) {
  Add("plex", MediaServerType::kPlex, "plex-").Plays("1");
  Make();
  EXPECT_THAT(watcher_->Sessions(), IsEmpty());
  EXPECT_EQ(watcher_->Status()[0].state, ServerStatus::State::kUnknown);
  EXPECT_EQ(Fresh("plex-1", milliseconds(1)), std::nullopt);
}

TEST_F(SessionWatcherTest, PollsRepeatedly) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  Start(milliseconds(10));
  plex.AwaitPolls(4);
}

TEST_F(SessionWatcherTest, FreshSessionPollsTheCurrentPosition) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1", 10);
  Start();
  Poll("plex-1");
  plex.Plays("1", 20);
  EXPECT_EQ(Fresh("plex-1")->position_seconds, 20);
  EXPECT_EQ(watcher_->Sessions()[0].position_seconds, 20);
}

TEST_F(SessionWatcherTest, FreshSessionFindsANewSession) {
  FakeServer& first = Add("den", MediaServerType::kJellyfin, "jf-");
  FakeServer& second = Add("attic", MediaServerType::kJellyfin, "jf-attic__");
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  Start();
  first.AwaitPolls(1);
  second.AwaitPolls(1);
  plex.AwaitPolls(1);
  second.Plays("7");
  ASSERT_TRUE(Fresh("jf-attic__7"));
  EXPECT_EQ(plex.polls(), 1);
}

TEST_F(SessionWatcherTest, FreshSessionReturnsNulloptForAnUnknownId) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  Start();
  EXPECT_EQ(Fresh("plex-1"), std::nullopt);
  plex.AwaitPolls(1);
  const int polls = plex.polls();
  EXPECT_EQ(Fresh("nonsense"), std::nullopt);
  EXPECT_EQ(Fresh(""), std::nullopt);
  EXPECT_EQ(plex.polls(), polls);
}

TEST_F(SessionWatcherTest, FreshSessionReturnsNulloptForAnEndedSession) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1");
  Start();
  Poll("plex-1");
  plex.Answer(std::vector<PlaybackSession>{});
  EXPECT_EQ(Fresh("plex-1"), std::nullopt);
}

TEST_F(SessionWatcherTest, FreshSessionFallsBackToTheSnapshotAfterTheLimit) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1", 10);
  Start();
  Poll("plex-1");
  plex.Hold(true);
  const auto session = Fresh("plex-1", milliseconds(20));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->position_seconds, 10);
  plex.Hold(false);
}

TEST_F(SessionWatcherTest, FreshSessionFallsBackToTheSnapshotWhenTheServerFails) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1", 10);
  Start();
  Poll("plex-1");
  plex.Answer(Fail(Code::kUnavailable, "down"));
  EXPECT_EQ(Fresh("plex-1")->position_seconds, 10);
}

TEST_F(SessionWatcherTest, ConcurrentRequestsShareOnePoll) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1");
  Start();
  Poll("plex-1");
  const int before = plex.polls();
  plex.Hold(true);
  std::atomic<int> answers = 0;
  std::promise<void> all;
  const auto done = [&](const std::optional<PlaybackSession>& session) {
    EXPECT_TRUE(session);
    if (++answers == 100) all.set_value();
  };
  for (int i = 0; i < 100; ++i) watcher_->FreshSession("plex-1", seconds(20), done);
  plex.Hold(false);
  Await(all);
  EXPECT_LE(plex.polls() - before, 2);
}

TEST_F(SessionWatcherTest, AnswersEveryRequestBeyondTheQueueLimit) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1");
  Start();
  Poll("plex-1");
  plex.Hold(true);
  std::atomic<int> answers = 0;
  std::promise<void> all;
  for (int i = 0; i < 1000; ++i) {
    watcher_->FreshSession("plex-1", seconds(20), [&](const std::optional<PlaybackSession>&) {
      if (++answers == 1000) all.set_value();
    });
  }
  plex.Hold(false);
  Await(all);
}

TEST_F(SessionWatcherTest, AnswersEachRequestOnceWhenResponseAndLimitCollide) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1");
  Start();
  Poll("plex-1");
  std::atomic<int> answers = 0;
  for (int i = 0; i < 300; ++i) {
    watcher_->FreshSession("plex-1", milliseconds(i % 3),
                           [&](const std::optional<PlaybackSession>&) { ++answers; });
  }
  Poll("plex-1");
  watcher_->Stop();
  EXPECT_EQ(answers, 300);
}

TEST_F(SessionWatcherTest, StopAnswersAllWaitingRequests) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1", 10);
  Start();
  Poll("plex-1");
  plex.Hold(true);
  std::promise<std::optional<PlaybackSession>> promise;
  watcher_->FreshSession("plex-1", hours(1), [&](auto session) { promise.set_value(session); });
  // Stop waits for the poll in progress, but answers before.
  auto stopping = std::async(std::launch::async, [this] { watcher_->Stop(); });
  EXPECT_EQ(Await(promise)->position_seconds, 10);
  plex.Hold(false);
  stopping.get();
  EXPECT_TRUE(Fresh("plex-1"));
}

TEST_F(SessionWatcherTest, AHangingServerDoesNotAffectTheOthers) {
  FakeServer& hanging = Add("den", MediaServerType::kJellyfin, "jf-");
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  hanging.Hold(true);
  plex.Plays("1", 10);
  Start();
  EXPECT_EQ(Fresh("plex-1")->position_seconds, 10);
  plex.Plays("1", 20);
  EXPECT_EQ(Fresh("plex-1")->position_seconds, 20);
  EXPECT_THAT(watcher_->Sessions(), SizeIs(1));
  hanging.Hold(false);
}

TEST_F(SessionWatcherTest, KeepsTheLastSessionsOfAFailedServerForHalfAMinute) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  FakeServer& jellyfin = Add("den", MediaServerType::kJellyfin, "jf-");
  plex.Plays("1");
  jellyfin.Plays("2");
  Start();
  Poll("plex-1");
  Poll("jf-2");
  plex.Answer(Fail(Code::kUnavailable, "Plex cannot be reached."));
  clock_.Advance(seconds(29));
  Poll("plex-1");
  Poll("jf-2");
  EXPECT_THAT(watcher_->Sessions(), SizeIs(2));
  clock_.Advance(seconds(2));
  EXPECT_THAT(watcher_->Sessions(), SizeIs(1));
  EXPECT_EQ(Fresh("plex-1"), std::nullopt);
}

TEST_F(SessionWatcherTest, ReportsTheStatusOfEachServer) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  Add("den", MediaServerType::kJellyfin, "jf-")
      .Answer(Fail(Code::kUnauthenticated, "Jellyfin refuses."));
  plex.Plays("1");
  Start();
  Poll("plex-1");
  Poll("jf-x");
  const WallTime then = clock_.Now();
  const auto status = watcher_->Status();
  ASSERT_THAT(status, SizeIs(2));
  EXPECT_EQ(status[0].name, "plex");
  EXPECT_EQ(status[0].state, ServerStatus::State::kUp);
  EXPECT_EQ(status[0].error, "");
  EXPECT_EQ(status[0].last_success, then);
  EXPECT_EQ(status[1].state, ServerStatus::State::kDown);
  EXPECT_EQ(status[1].error, "Jellyfin refuses.");
  EXPECT_EQ(status[1].last_success, std::nullopt);
  EXPECT_EQ(ToString(status[1].state), "down");

  clock_.Advance(seconds(5));
  plex.Answer(Fail(Code::kUnavailable, "gone"));
  Poll("plex-1");
  EXPECT_EQ(watcher_->Status()[0].last_success, then);
  EXPECT_EQ(watcher_->Status()[0].error, "gone");
  plex.Plays("1");
  Poll("plex-1");
  EXPECT_EQ(watcher_->Status()[0].error, "");
}

TEST_F(SessionWatcherTest, ExportsMetrics) {
  Add("plex", MediaServerType::kPlex, "plex-").Plays("1");
  Add("den", MediaServerType::kJellyfin, "jf-").Answer(Fail(Code::kUnavailable, "down"));
  Start();
  Poll("plex-1");
  Poll("jf-1");
  const std::string text = metrics_.Scrape();
  EXPECT_THAT(text, HasSubstr("matinee_media_server_up{server=\"plex\"} 1"));
  EXPECT_THAT(text, HasSubstr("matinee_media_server_up{server=\"den\"} 0"));
  EXPECT_THAT(text, HasSubstr("matinee_playback_sessions{server=\"plex\"} 1"));
  EXPECT_THAT(text, HasSubstr("matinee_media_server_poll_duration_seconds_count{server=\"plex\"}"));
}

TEST_F(SessionWatcherTest, CallsBackAfterEachPoll) {
  Add("plex", MediaServerType::kPlex, "plex-").Plays("1");
  Make();
  std::atomic<int> polls{0};
  watcher_->OnPolled([&] { ++polls; });
  watcher_->Start();
  Poll("plex-1");
  const int before = polls;
  Poll("plex-1");
  EXPECT_GE(polls, before);
  EXPECT_GE(polls, 1);
}

TEST_F(SessionWatcherTest, PollsOnlyOnRequestWhenPollingIsOff) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  plex.Plays("1");
  Make(milliseconds(1));
  watcher_->SetPolling(false);
  watcher_->Start();
  EXPECT_EQ(plex.polls(), 0);
  EXPECT_TRUE(Fresh("plex-1")) << "a request is still polled";
  EXPECT_EQ(plex.polls(), 1);
  watcher_->SetPolling(true);
  plex.AwaitPolls(3);
}

TEST_F(SessionWatcherTest, AppliesASnapshotOfAnotherProcess) {
  Add("plex", MediaServerType::kPlex, "plex-");
  Make();
  ServerSnapshot received;
  received.status.name = "plex";
  received.status.state = ServerStatus::State::kUp;
  received.status.last_success = clock_.Now();
  received.sessions.emplace_back().session_id = "plex-7";
  ServerSnapshot foreign = received;
  foreign.status.name = "elsewhere";
  watcher_->ApplySnapshot({received, foreign});
  ASSERT_THAT(watcher_->Sessions(), SizeIs(1));
  EXPECT_EQ(watcher_->Sessions()[0].session_id, "plex-7");
  EXPECT_EQ(watcher_->Status()[0].state, ServerStatus::State::kUp);
  clock_.Advance(kKeepFailedFor + seconds(1));
  EXPECT_THAT(watcher_->Sessions(), IsEmpty()) << "it expires like our own";
}

TEST_F(SessionWatcherTest, IgnoresASnapshotOlderThanItsOwn) {
  Add("plex", MediaServerType::kPlex, "plex-").Plays("1");
  Start();
  clock_.Advance(seconds(5));
  Poll("plex-1");
  ServerSnapshot old;
  old.status.name = "plex";
  old.status.last_success = clock_.Now() - seconds(1);
  watcher_->ApplySnapshot({old});
  EXPECT_THAT(watcher_->Sessions(), SizeIs(1));
}

TEST_F(SessionWatcherTest, ReturnsItsServersInOrder) {
  FakeServer& plex = Add("plex", MediaServerType::kPlex, "plex-");
  FakeServer& jellyfin = Add("den", MediaServerType::kJellyfin, "jf-");
  EXPECT_THAT(Make().Servers(), testing::ElementsAre(&plex, &jellyfin));
}

TEST(PollDelayTest, IsTheIntervalWithJitterWithoutFailures) {
  EXPECT_EQ(PollDelay(seconds(2), 0, 0), milliseconds(1600));
  EXPECT_EQ(PollDelay(seconds(2), 0, 0.5), milliseconds(2000));
  EXPECT_LE(PollDelay(seconds(2), 0, 0.999), milliseconds(2400));
}

TEST(PollDelayTest, DoublesWithEachFailureUpToTheMaximum) {
  EXPECT_EQ(PollDelay(seconds(2), 1, 0.5), seconds(4));
  EXPECT_EQ(PollDelay(seconds(2), 2, 0.5), seconds(8));
  EXPECT_EQ(PollDelay(seconds(2), 3, 0.5), seconds(10));
  EXPECT_EQ(PollDelay(seconds(2), 1000000, 0.5), seconds(10));
  EXPECT_EQ(PollDelay(seconds(60), 5, 0.5), seconds(60));
}

}  // namespace
}  // namespace matinee::media
