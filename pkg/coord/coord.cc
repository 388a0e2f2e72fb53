#include "coord/coord.h"

#include <memory>

#include "coord/local/event_bus.h"
#include "coord/local/job_queue.h"
#include "coord/local/single.h"

namespace matinee::coord {

std::string_view ToString(Lane lane) {
  switch (lane) {
    case Lane::kScreenshot:
      return "screenshot";
    case Lane::kClip:
      return "clip";
    case Lane::kBackground:
      return "background";
  }
  return "background";
}

Coord MakeLocal() {
  Coord coord;
  coord.jobs = std::make_unique<LocalJobQueue>();
  coord.events = std::make_unique<LocalEventBus>();
  coord.snapshot = std::make_unique<LocalSnapshotCache>();
  coord.lease = std::make_unique<LocalLeaderLease>();
  coord.check = [] { return Status(); };
  return coord;
}

}  // namespace matinee::coord
