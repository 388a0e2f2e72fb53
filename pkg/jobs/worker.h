// The worker: a few slots, each a thread that receives a job and has the handler of its kind run
// it.
//
// Thread safety: Start and Stop from one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/periodic_task.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "jobs/attempt_runner.h"
#include "jobs/exclusive_gate.h"
#include "jobs/grace_period.h"
#include "jobs/handler.h"
#include "telemetry/metrics.h"

namespace matinee::jobs {

class Worker {
 public:
  // The handlers must outlive the worker, and have different kinds.
  Worker(WorkerDeps deps, std::vector<Handler*> handlers, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();

  // Drains: receives no more jobs, waits at most `grace` for those in flight, then cancels and
  // requeues them.
  void Stop(std::chrono::milliseconds grace);

  // Runs one job. Exposed for tests.
  void Process(const coord::Delivery& delivery);

 private:
  Handler* HandlerOf(const std::string& kind) const;  // Null if there is none.
  void Run(const coord::QueueFilter& filter);
  void RequeueUnknownKind(const coord::Delivery& delivery);
  void RunJob(Handler& handler, const coord::Delivery& delivery, const process::CancelFlag& cancel,
              ExclusiveGate::Pass& pass);
  void Settle(const coord::Delivery& delivery, const Disposition& disposition);
  void OnEvent(Handler& handler, const coord::Event& event);
  void CancelObsolete();
  void CancelIfObsolete(const AttemptRegistry::Entry& attempt);
  void CountBusySlots();

  WorkerDeps deps_;
  const std::vector<Handler*> handlers_;
  const WorkerOptions options_;
  Gauge& busy_slots_;
  ExclusiveGate gate_;
  GracePeriod grace_;
  AttemptRunner attempts_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::set<std::string> unknown_kinds_;  // Already logged.
  std::vector<std::thread> threads_;
  std::vector<coord::EventBus::ListenerId> listeners_;
  PeriodicTask cancel_obsolete_;  // Last: it uses everything above.
};

// Returns the queues of each slot: a reserved slot serves its queue and those that use reserved
// slots, the others every queue, as far as Queue::slots_max allows. At least one slot serves
// several queues, so that each is served.
std::vector<coord::QueueFilter> SlotFilters(const coord::QueueTable& queues, int slots);

}  // namespace matinee::jobs
