#include "media/server_poller.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "telemetry/log.h"

namespace matinee::media {
namespace {

// Taps come from a few phones; past this many at once, somebody plays with us.
constexpr size_t kRequestsMax = 256;
// However many taps come, a server is not asked more often than this.
constexpr std::chrono::milliseconds kPollSpacing{100};

Labels ServerLabel(const MediaServer& server) {
  return {{"server", server.name()}};
}

const PlaybackSession* FindIn(const Sessions& sessions, const std::string& session_id) {
  const auto found = std::find_if(
      sessions.begin(), sessions.end(),
      [&session_id](const PlaybackSession& session) { return session.session_id == session_id; });
  return found == sessions.end() ? nullptr : &*found;
}

}  // namespace

void FreshRequest::Answer(std::optional<PlaybackSession> session) {
  if (answered_.exchange(true)) return;
  done_(std::move(session));
  done_ = nullptr;
}

void FreshRequest::OnNotFound() {
  if (servers_left_.fetch_sub(1) == 1) Answer(std::nullopt);
}

ServerPoller::ServerPoller(std::unique_ptr<MediaServer> server, std::chrono::milliseconds interval,
                           const Clock& clock, Metrics& metrics)
    : server_(std::move(server)),
      interval_(interval),
      clock_(clock),
      up_(metrics.GetGauge("matinee_media_server_up", "Whether the media server answers (1 or 0).",
                           ServerLabel(*server_))),
      playing_(metrics.GetGauge("matinee_playback_sessions", "What the media server is playing.",
                                ServerLabel(*server_))),
      poll_seconds_(metrics.GetHistogram("matinee_media_server_poll_duration_seconds",
                                         "How long the media server takes to answer a poll.",
                                         LatencyBuckets(), ServerLabel(*server_))),
      random_(static_cast<std::minstd_rand::result_type>(
          std::hash<std::string>()(server_->name()) % 0x7FFFFFFE + 1)),
      task_("media-poll", [this] { return PollIfDue(); }) {
  status_.name = server_->name();
  status_.source = server_->source();
}

PeriodicTask::Delay ServerPoller::PollIfDue() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_poll_) return std::chrono::ceil<PeriodicTask::Delay>(next_poll_ - now);
  Requests requests;
  {
    const std::lock_guard lock(mutex_);
    if (!polling_ && requests_.empty()) return PeriodicTask::kUntilWoken;
    requests.swap(requests_);
  }
  next_poll_ = now + kPollSpacing;
  Poll(requests);
  return NextDelay();
}

// Of several who wait, the first one's trace shows the call.
Result<Sessions> ServerPoller::AskServer(const Requests& requests) {
  const ActiveSpan active(requests.empty() ? SpanRef() : requests.front()->span());
  return server_->Sessions();
}

void ServerPoller::Poll(const Requests& requests) {
  const MonoTime started = clock_.Mono();
  auto sessions = AskServer(requests);
  poll_seconds_.Observe(std::chrono::duration<double>(clock_.Mono() - started).count());
  if (sessions) {
    Succeeded(*std::move(sessions));
  } else {
    Failed(sessions.error());
  }
  AnswerAll(requests);
  if (on_polled_) on_polled_();
}

void ServerPoller::SetPolling(bool polling) {
  {
    const std::lock_guard lock(mutex_);
    if (polling_ == polling) return;
    polling_ = polling;
  }
  task_.Wake();
}

void ServerPoller::ApplySnapshot(const ServerStatus& status, Sessions sessions) {
  const auto playing = static_cast<double>(sessions.size());
  {
    const std::lock_guard lock(mutex_);
    if (status_.last_success && status.last_success < status_.last_success) return;
    status_ = status;
    if (status.last_success) {
      last_success_ = clock_.Mono() - std::max(clock_.Now() - *status.last_success, Micros(0));
      sessions_ = std::make_shared<const Sessions>(std::move(sessions));
    }
  }
  up_.Set(status.state == ServerStatus::State::kUp ? 1 : 0);
  playing_.Set(playing);
}

void ServerPoller::Succeeded(Sessions sessions) {
  const auto now = std::make_shared<const Sessions>(std::move(sessions));
  bool was_up = false;
  {
    const std::lock_guard lock(mutex_);
    was_up = status_.state == ServerStatus::State::kUp;
    status_.state = ServerStatus::State::kUp;
    status_.error.clear();
    status_.last_success = clock_.Now();
    last_success_ = clock_.Mono();
    sessions_ = now;
  }
  failures_ = 0;
  up_.Set(1);
  playing_.Set(static_cast<double>(now->size()));
  if (!was_up) Log(Severity::kInfo, "media", "media server is up", {{"server", server_->name()}});
}

void ServerPoller::Failed(const Error& error) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = status_.state != ServerStatus::State::kDown || status_.error != error.message;
    status_.state = ServerStatus::State::kDown;
    status_.error = error.message;
  }
  ++failures_;
  up_.Set(0);
  playing_.Set(static_cast<double>(Snapshot()->size()));
  if (changed) LogError("media", "media server is down", error, {{"server", server_->name()}});
}

// A server that failed says nothing of a session; the snapshot then still has the last answer.
void ServerPoller::AnswerAll(const Requests& requests) const {
  for (const auto& request : requests) {
    auto session = Find(request->session_id());
    if (session) {
      request->Answer(std::move(session));
    } else {
      request->OnNotFound();
    }
  }
}

std::chrono::milliseconds ServerPoller::NextDelay() {
  return PollDelay(interval_, failures_, std::uniform_real_distribution<double>(0, 1)(random_));
}

std::shared_ptr<const Sessions> ServerPoller::Snapshot() const {
  static const auto nothing = std::make_shared<const Sessions>();
  const std::lock_guard lock(mutex_);
  const bool fresh = last_success_ && clock_.Mono() - *last_success_ <= kKeepFailedFor;
  return fresh ? sessions_ : nothing;
}

std::optional<PlaybackSession> ServerPoller::Find(const std::string& session_id) const {
  const auto sessions = Snapshot();
  const PlaybackSession* session = FindIn(*sessions, session_id);
  if (session == nullptr) return std::nullopt;
  return *session;
}

ServerStatus ServerPoller::Status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool ServerPoller::Ask(std::shared_ptr<FreshRequest> request) {
  {
    const std::lock_guard lock(mutex_);
    if (requests_.size() >= kRequestsMax) return false;
    requests_.push_back(std::move(request));
  }
  task_.Wake();
  return true;
}

}  // namespace matinee::media
