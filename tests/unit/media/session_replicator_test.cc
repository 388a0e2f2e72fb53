// Two processes, of which one polls for both.
#include "media/session_replicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/time_format.h"
#include "coord/coordination.h"
#include "tests/unit/media/fake_server.h"

namespace matinee::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::SizeIs;

class SessionReplicatorTest : public testing::Test {
 protected:
  // One process with its media server.
  struct Process {
    ~Process() {
      if (sessions) sessions->Stop();
    }
    FakeServer* server = nullptr;
    std::atomic<coord::Term> term{coord::kNoTerm};
    std::unique_ptr<SessionWatcher> sessions;
    std::unique_ptr<SessionReplicator> replicator;
  };

  void Make(Process& process) {
    std::vector<std::unique_ptr<MediaServer>> servers;
    servers.push_back(std::make_unique<FakeServer>("plex", MediaServerType::kPlex, "plex-"));
    process.server = static_cast<FakeServer*>(servers.back().get());
    process.sessions = std::make_unique<SessionWatcher>(std::move(servers), milliseconds(20),
                                                        clock_, metrics_, timers_);
    process.replicator = std::make_unique<SessionReplicator>(
        *process.sessions, *state_, *coord_.events, [&process]() -> std::optional<coord::Term> {
          if (process.term == coord::kNoTerm) return std::nullopt;
          return process.term.load();
        });
  }
  static void Start(Process& process) {
    process.replicator->Start();
    process.sessions->Start();
  }
  static void Await(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

  SystemClock clock_;
  Metrics metrics_;
  TimerQueue timers_;
  const SystemClock coord_clock_{};
  coord::Coordination coord_ = coord::MakeLocal({{.name = "any"}}, coord_clock_);
  const std::unique_ptr<coord::StateStore> state_ =
      coord_.state(kSessionsState, coord::kLeaderLease);
  Process leader_;
  Process follower_;
};

TEST_F(SessionReplicatorTest, AFollowerShowsTheSessionsThatTheLeaderPolls) {
  Make(leader_);
  Make(follower_);
  leader_.term = 1;
  leader_.server->Plays("1");
  Start(leader_);
  Await([&] { return leader_.sessions->Sessions().size() == 1; });
  Await([&] { return state_->Get()->has_value(); });
  Start(follower_);
  Await([&] { return follower_.sessions->Sessions().size() == 1; });
  EXPECT_EQ(follower_.server->polls(), 0);
  leader_.server->Answer(std::vector<PlaybackSession>());
  Await([&] { return follower_.sessions->Sessions().empty(); });
}

TEST_F(SessionReplicatorTest, AProcessPollsItselfWithoutALeader) {
  Make(follower_);
  follower_.server->Plays("1");
  Start(follower_);
  Await([&] { return follower_.sessions->Sessions().size() == 1; });
}

TEST_F(SessionReplicatorTest, AFormerLeaderDoesNotPublish) {
  Make(leader_);
  leader_.term = 1;
  ASSERT_TRUE(state_->Put("[]", 2));
  leader_.server->Plays("1");
  Start(leader_);
  leader_.server->AwaitPolls(3);
  EXPECT_EQ(**state_->Get(), "[]");
}

TEST_F(SessionReplicatorTest, PublishesWhatAPageShowsDifferently) {
  std::atomic<int> sessions{0};
  std::atomic<int> servers{0};
  const auto first = coord_.events->Subscribe(kSessionsChangedTopic,
                                              [&](const coord::Event& /*event*/) { ++sessions; });
  const auto second = coord_.events->Subscribe(
      kMediaServerChangedTopic,
      [&](const coord::Event& event) { servers += event.payload == "plex" ? 1 : 100; });
  Make(leader_);
  leader_.term = 1;
  leader_.server->Plays("1");
  Start(leader_);
  Await([&] { return sessions == 1 && servers == 1; });
  const int polls = leader_.server->polls();
  leader_.server->AwaitPolls(polls + 5);
  EXPECT_EQ(sessions, 1);
  leader_.server->Answer(std::vector<PlaybackSession>());
  Await([&] { return sessions == 2; });
  EXPECT_EQ(servers, 1);
  leader_.sessions->Stop();
  leader_.replicator->Stop();
  coord_.events->Unsubscribe(first);
  coord_.events->Unsubscribe(second);
}

TEST_F(SessionReplicatorTest, IgnoresAMalformedSnapshot) {
  Make(follower_);
  ASSERT_TRUE(state_->Put("nonsense", 1));
  Start(follower_);
  coord_.events->Publish({kSessionsTopic, {}});
  EXPECT_THAT(follower_.sessions->Sessions(), SizeIs(0));
}

}  // namespace
}  // namespace matinee::media
