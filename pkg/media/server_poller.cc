#include "media/server_poller.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "telemetry/log.h"

namespace matinee::media {
namespace {

// Requests come from a few phones; more at once are abuse.
constexpr size_t kRequestsMax = 256;
// The minimum interval between two polls, whatever the number of requests.
constexpr std::chrono::milliseconds kPollIntervalMin{100};

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
      up_(metrics.GetGauge("matinee_media_server_up",
                           "Whether the media server answers (1) or not (0).",
                           ServerLabel(*server_))),
      playing_(metrics.GetGauge("matinee_playback_sessions",
                                "Playback sessions on the media server.", ServerLabel(*server_))),
      poll_seconds_(metrics.GetHistogram("matinee_media_server_poll_duration_seconds",
                                         "Duration of a poll of the media server.",
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
  next_poll_ = now + kPollIntervalMin;
  Poll(requests);
  return NextDelay();
}

// The span of the first request is the parent of the call.
Result<Sessions> ServerPoller::FetchSessions(const Requests& requests) {
  const ActiveSpan active(requests.empty() ? SpanRef() : requests.front()->span());
  return server_->Sessions();
}

void ServerPoller::Poll(const Requests& requests) {
  const MonoTime started = clock_.Mono();
  auto sessions = FetchSessions(requests);
  poll_seconds_.Observe(std::chrono::duration<double>(clock_.Mono() - started).count());
  if (sessions) {
    OnSuccess(*std::move(sessions));
  } else {
    OnFailure(sessions.error());
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

void ServerPoller::OnSuccess(Sessions sessions) {
  const auto now = std::make_shared<const Sessions>(std::move(sessions));
  bool was_up = false;
  {
    const std::lock_guard lock(mutex_);
    was_up = status_.state == ServerStatus::State::kUp;
    status_.state = ServerStatus::State::kUp;
    status_.error.clear();
    status_.last_success = clock_.Now();
    status_.sessions_without_id = server_->sessions_without_id();
    last_success_ = clock_.Mono();
    sessions_ = now;
  }
  failures_ = 0;
  up_.Set(1);
  playing_.Set(static_cast<double>(now->size()));
  if (!was_up) Log(Severity::kInfo, "media", "media server is up", {{"server", server_->name()}});
}

void ServerPoller::OnFailure(const Error& error) {
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

// After a failed poll, the snapshot still has the previous response.
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
  static const auto empty = std::make_shared<const Sessions>();
  const std::lock_guard lock(mutex_);
  const bool fresh = last_success_ && clock_.Mono() - *last_success_ <= kKeepFailedFor;
  return fresh ? sessions_ : empty;
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
