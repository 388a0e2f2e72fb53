#include "jobs/worker_settings.h"

#include "config/setting_types.h"

namespace matinee::jobs {

config::Section WorkerSection(WorkerSettings& worker) {
  using std::chrono::milliseconds;
  return {
      .title = "Workers",
      .settings = {
          config::IntegerOrZero("WORKER_SLOTS", worker.slots, 2, 64,
                                "How many captures run at once; one slot is for screenshots only. "
                                "0 is one more than the number of processors."),
          config::Integer("WORKER_CPUS", worker.cpus, 0, 256,
                          "Number of processors for captures: FFmpeg uses as many threads, and "
                          "WORKER_SLOTS depends on it. 0 is the number of processors, or the "
                          "cgroup's limit; set it where a worker without a limit shares a "
                          "machine."),
          config::Duration("STOP_GRACE", worker.stop_grace, milliseconds(0),
                           milliseconds(3'600'000),
                           "How long running captures may go on when a worker stops; then they are "
                           "requeued for another worker. In a cluster, a little less than the "
                           "termination grace period."),
      }};
}

}  // namespace matinee::jobs
