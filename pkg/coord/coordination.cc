#include "coord/coordination.h"

#include <memory>

#include "coord/local/event_bus.h"
#include "coord/local/job_queue.h"
#include "coord/local/lease.h"
#include "coord/local/state_store.h"

namespace matinee::coord {

Coordination MakeLocal(const QueueTable& queues, const Clock& clock) {
  Coordination coordination;
  coordination.jobs = std::make_unique<LocalJobQueue>(queues, clock);
  coordination.events = std::make_unique<LocalEventBus>();
  const auto leases = std::make_shared<LocalLeases>();
  coordination.lease = [leases](const std::string& name) {
    return std::make_unique<LocalLease>(leases, name);
  };
  const auto states = std::make_shared<LocalStates>();
  coordination.state = [states, &clock](const std::string& key, const std::string& /*lease*/) {
    return std::make_unique<LocalStateStore>(states, key, clock);
  };
  coordination.check = [] { return Status(); };
  return coordination;
}

}  // namespace matinee::coord
