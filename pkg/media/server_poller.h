// Polls one media server on a dedicated thread. Internal to this package: see session_watcher.h.
//
// Thread safety: Start and Stop from one thread; all else from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/periodic_task.h"
#include "media/media_server.h"
#include "media/session_watcher.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"

namespace matinee::media {

// A request for the current state of one session, from one or several servers.
class FreshRequest {
 public:
  FreshRequest(std::string session_id, size_t servers, SessionWatcher::Done done)
      : session_id_(std::move(session_id)), servers_left_(servers), done_(std::move(done)) {}

  [[nodiscard]] const std::string& session_id() const { return session_id_; }
  // The span of the caller.
  [[nodiscard]] const SpanRef& span() const { return span_; }
  [[nodiscard]] bool answered() const { return answered_.load(); }

  // Completes the request; only the first call has an effect.
  void Answer(std::optional<PlaybackSession> session);
  // Called by each server that does not have the session; the last call completes the request.
  void OnNotFound();

 private:
  const std::string session_id_;
  const SpanRef span_ = SpanRef::Current();
  std::atomic<size_t> servers_left_;
  std::atomic<bool> answered_{false};
  SessionWatcher::Done done_;
};

using Sessions = std::vector<PlaybackSession>;

class ServerPoller {
 public:
  ServerPoller(std::unique_ptr<MediaServer> server, std::chrono::milliseconds interval,
               const Clock& clock, Metrics& metrics);
  ~ServerPoller() = default;  // Stop().
  ServerPoller(const ServerPoller&) = delete;
  ServerPoller& operator=(const ServerPoller&) = delete;

  // `callback` is called after each poll, on the polling thread. Before Start.
  void OnPolled(std::function<void()> callback) { on_polled_ = std::move(callback); }
  void Start() { task_.Start(); }
  void Stop() { task_.Stop(); }

  // Not null; empty when the server has been failing for too long.
  [[nodiscard]] std::shared_ptr<const Sessions> Snapshot() const;
  [[nodiscard]] std::optional<PlaybackSession> Find(const std::string& session_id) const;
  [[nodiscard]] ServerStatus Status() const;
  [[nodiscard]] MediaServer& server() const { return *server_; }

  // Off: the server is polled only on request (Ask); ApplySnapshot supplies the rest.
  void SetPolling(bool polling);
  // Applies another process's state of this server if it is newer.
  void ApplySnapshot(const ServerStatus& status, Sessions sessions);

  // Polls as soon as possible and then completes the request; false if too many are queued.
  bool Ask(std::shared_ptr<FreshRequest> request);

 private:
  using Requests = std::vector<std::shared_ptr<FreshRequest>>;

  PeriodicTask::Delay PollIfDue();
  void Poll(const Requests& requests);
  Result<Sessions> FetchSessions(const Requests& requests);
  void OnSuccess(Sessions sessions);
  void OnFailure(const Error& error);
  void AnswerAll(const Requests& requests) const;
  std::chrono::milliseconds NextDelay();

  const std::unique_ptr<MediaServer> server_;
  const std::chrono::milliseconds interval_;
  const Clock& clock_;
  Gauge& up_;
  Gauge& playing_;
  Histogram& poll_seconds_;
  std::function<void()> on_polled_;

  // Used only by the polling thread.
  int failures_ = 0;
  MonoTime next_poll_ = MonoTime::min();  // kPollIntervalMin after the last one, on the real clock.
  std::minstd_rand random_;

  mutable std::mutex mutex_;
  bool polling_ = true;
  Requests requests_;
  std::shared_ptr<const Sessions> sessions_ = std::make_shared<const Sessions>();
  std::optional<MonoTime> last_success_;
  ServerStatus status_;

  PeriodicTask task_;  // Last: it uses the other members.
};

}  // namespace matinee::media
