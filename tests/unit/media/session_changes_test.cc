#include "media/session_changes.h"

#include <gmock/gmock.h>

namespace matinee::media {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionChangesTest : public ::testing::Test {
 protected:
  SessionChangesTest() {
    server_.status.name = "plex";
    server_.status.state = ServerStatus::State::kUp;
    PlaybackSession session;
    session.session_id = "plex-1";
    session.title = "Film";
    session.position_seconds = 100;
    server_.sessions = {session};
    static_cast<void>(Observe());
  }

  SessionChanges Observe() { return changes_.Observe({server_}); }
  PlaybackSession& session() { return server_.sessions.front(); }
  // A poll `time` later reports this position.
  bool ChangesAfter(seconds time, double position) {
    session().position_at += time;
    session().position_seconds = position;
    return Observe().sessions;
  }

  ServerSnapshot server_;
  SessionChangeDetector changes_;
};

TEST_F(SessionChangesTest, TheFirstSnapshotIsAChange) {
  SessionChangeDetector fresh;
  const SessionChanges changes = fresh.Observe({server_});
  EXPECT_TRUE(changes.sessions);
  EXPECT_THAT(changes.servers, ElementsAre("plex"));
}

TEST_F(SessionChangesTest, APositionThatMovesOnIsNotAChange) {
  EXPECT_FALSE(ChangesAfter(seconds(2), 102));
  EXPECT_FALSE(ChangesAfter(seconds(2), 106));
  EXPECT_FALSE(ChangesAfter(seconds(3600), 3704));
}

TEST_F(SessionChangesTest, ASeekIsAChange) {
  EXPECT_TRUE(ChangesAfter(seconds(2), 60));
  EXPECT_FALSE(ChangesAfter(seconds(2), 62));
  EXPECT_TRUE(ChangesAfter(seconds(2), 67.5));
}

TEST_F(SessionChangesTest, ASlowDriftIsAChangeInTheEnd) {
  EXPECT_FALSE(ChangesAfter(seconds(10), 112));
  EXPECT_TRUE(ChangesAfter(seconds(10), 124));
  EXPECT_FALSE(ChangesAfter(seconds(10), 136));
}

TEST_F(SessionChangesTest, PauseAndResumeAreChanges) {
  session().state = PlayState::kPaused;
  EXPECT_TRUE(ChangesAfter(seconds(1), 101));
  EXPECT_FALSE(ChangesAfter(seconds(60), 101));
  session().state = PlayState::kPlaying;
  EXPECT_TRUE(ChangesAfter(seconds(1), 101));
}

TEST_F(SessionChangesTest, AnotherItemAndOtherSessionsAreChanges) {
  session().title = "Another";
  EXPECT_TRUE(Observe().sessions);
  server_.sessions.push_back(session());
  server_.sessions.back().session_id = "plex-2";
  EXPECT_TRUE(Observe().sessions);
  std::swap(server_.sessions[0], server_.sessions[1]);
  EXPECT_FALSE(Observe().sessions);
  server_.sessions.pop_back();
  EXPECT_TRUE(Observe().sessions);
  EXPECT_FALSE(Observe().sessions);
}

TEST_F(SessionChangesTest, AServerThatFailsOrRecoversIsAChange) {
  server_.status.last_success = WallTime(seconds(1));
  EXPECT_THAT(Observe().servers, IsEmpty());
  server_.status.state = ServerStatus::State::kDown;
  server_.status.error = "refused";
  EXPECT_THAT(Observe().servers, ElementsAre("plex"));
  EXPECT_THAT(Observe().servers, IsEmpty());
  server_.status.error = "timeout";
  EXPECT_THAT(Observe().servers, ElementsAre("plex"));
}

}  // namespace
}  // namespace matinee::media
