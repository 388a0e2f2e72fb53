#include "media/session_watcher.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/lifetime.h"
#include "base/mutex.h"
#include "media/server_poller.h"

namespace matinee::media {

std::chrono::milliseconds PollDelay(std::chrono::milliseconds interval, int failures,
                                    double random) {
  double delay = static_cast<double>(interval.count());
  const double most = std::max(delay, static_cast<double>(kFailedPollIntervalMax.count()));
  for (int i = 0; i < failures && delay < most; ++i) delay = std::min(delay * 2, most);
  return std::chrono::milliseconds(static_cast<int64_t>(delay * (0.8 + 0.4 * random)));
}

std::string_view ToString(ServerStatus::State state) {
  switch (state) {
    case ServerStatus::State::kUnknown:
      return "unknown";
    case ServerStatus::State::kUp:
      return "up";
    case ServerStatus::State::kDown:
      return "down";
  }
  return "unknown";
}

struct SessionWatcher::Core {
  explicit Core(TimerQueue& timer_queue) : timers(timer_queue) {}

  [[nodiscard]] std::optional<PlaybackSession> Find(const std::string& session_id) const {
    for (const auto& poller : pollers) {
      if (auto session = poller->Find(session_id)) return session;
    }
    return std::nullopt;
  }

  // The server of the session if known; otherwise all servers of its type.
  [[nodiscard]] std::vector<ServerPoller*> Candidates(const std::string& session_id) const {
    std::vector<ServerPoller*> candidates;
    for (const auto& poller : pollers) {
      if (poller->Find(session_id)) return {poller.get()};
      if (session_id.starts_with(poller->server().session_id_prefix())) {
        candidates.push_back(poller.get());
      }
    }
    return candidates;
  }

  // Completes a request that reached its limit with the snapshot's session.
  void Expire(uint64_t number) {
    std::shared_ptr<FreshRequest> request;
    {
      const MutexLock lock(mutex);
      const auto entry = waiting.find(number);
      if (entry == waiting.end()) return;
      request = std::move(entry->second);
      waiting.erase(entry);
    }
    request->Answer(Find(request->session_id()));
  }

  TimerQueue& timers;
  std::vector<std::unique_ptr<ServerPoller>> pollers;

  Mutex mutex;
  uint64_t next_number GUARDED_BY(mutex) = 1;
  bool stopped GUARDED_BY(mutex) = false;
  // Each until its limit.
  std::map<uint64_t, std::shared_ptr<FreshRequest>> waiting GUARDED_BY(mutex);

  const std::shared_ptr<LifetimeGuard> lifetime = std::make_shared<LifetimeGuard>();
};

SessionWatcher::SessionWatcher(std::vector<std::unique_ptr<MediaServer>> servers,
                               std::chrono::milliseconds poll_interval, const Clock& clock,
                               Metrics& metrics, TimerQueue& timers)
    : core_(std::make_unique<Core>(timers)) {
  for (auto& server : servers) {
    core_->pollers.push_back(
        std::make_unique<ServerPoller>(std::move(server), poll_interval, clock, metrics));
  }
}

SessionWatcher::~SessionWatcher() {
  Stop();
  core_->lifetime->Close();
}

void SessionWatcher::OnPolled(const std::function<void()>& callback) {
  for (const auto& poller : core_->pollers) poller->OnPolled(callback);
}

void SessionWatcher::SetPolling(bool polling) {
  for (const auto& poller : core_->pollers) poller->SetPolling(polling);
}

std::vector<ServerSnapshot> SessionWatcher::Snapshot() const {
  std::vector<ServerSnapshot> servers;
  for (const auto& poller : core_->pollers) {
    servers.push_back({poller->Status(), *poller->Snapshot()});
  }
  return servers;
}

void SessionWatcher::ApplySnapshot(std::vector<ServerSnapshot> servers) {
  for (ServerSnapshot& server : servers) {
    for (const auto& poller : core_->pollers) {
      if (poller->server().name() != server.status.name) continue;
      poller->ApplySnapshot(server.status, std::move(server.sessions));
      break;
    }
  }
}

void SessionWatcher::Start() {
  for (const auto& poller : core_->pollers) poller->Start();
}

void SessionWatcher::Stop() {
  std::map<uint64_t, std::shared_ptr<FreshRequest>> waiting;
  {
    const MutexLock lock(core_->mutex);
    core_->stopped = true;
    waiting.swap(core_->waiting);
  }
  for (const auto& [number, request] : waiting) {
    request->Answer(core_->Find(request->session_id()));
  }
  for (const auto& poller : core_->pollers) poller->Stop();
}

std::vector<PlaybackSession> SessionWatcher::Sessions() const {
  std::vector<PlaybackSession> all;
  for (const auto& poller : core_->pollers) {
    const auto snapshot = poller->Snapshot();
    const auto first = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), snapshot->begin(), snapshot->end());
    std::sort(all.begin() + first, all.end(),
              [](const PlaybackSession& a, const PlaybackSession& b) {
                return std::tie(a.title, a.session_id) < std::tie(b.title, b.session_id);
              });
  }
  return all;
}

void SessionWatcher::FreshSession(const std::string& session_id, std::chrono::milliseconds limit,
                                  Done done) {
  const auto candidates = core_->Candidates(session_id);
  auto request = std::make_shared<FreshRequest>(session_id, candidates.size(), std::move(done));
  uint64_t number = 0;
  bool stopped = false;
  {
    const MutexLock lock(core_->mutex);
    number = core_->next_number++;
    stopped = core_->stopped;
    if (!stopped) core_->waiting.emplace(number, request);
  }
  if (stopped) {
    request->Answer(core_->Find(session_id));
    return;
  }
  bool asked = !candidates.empty();
  for (ServerPoller* poller : candidates) asked = poller->Ask(request) && asked;
  // Without a server, or with a full queue: the snapshot, but not on the caller's thread.
  const auto wait = asked ? limit : std::chrono::milliseconds(0);
  core_->timers.After(wait, [core = core_.get(), lifetime = core_->lifetime, number] {
    const LifetimeGuard::Entry entry(*lifetime);
    if (entry) core->Expire(number);
  });
}

std::vector<ServerStatus> SessionWatcher::Status() const {
  std::vector<ServerStatus> all;
  for (const auto& poller : core_->pollers) all.push_back(poller->Status());
  return all;
}

std::vector<MediaServer*> SessionWatcher::Servers() const {
  std::vector<MediaServer*> all;
  for (const auto& poller : core_->pollers) all.push_back(&poller->server());
  return all;
}

}  // namespace matinee::media
