#include "jobs/worker_settings.h"

#include <algorithm>

#include "config/setting_types.h"

namespace matinee::jobs {
namespace {

// More make a single clip little faster, and need memory for the frames in each of them.
constexpr int kIdleThreadsMax = 4;

}  // namespace

config::Section WorkerSection(WorkerSettings& worker) {
  using std::chrono::milliseconds;
  return {
      .title = "Workers",
      .settings = {
          config::IntegerOrZero("WORKER_SLOTS", worker.slots, 2, 64,
                                "How many captures run at once; one slot is for screenshots only. "
                                "0 is one more than the number of processors."),
          config::Integer("WORKER_CPUS", worker.cpus, 0, 256,
                          "Number of processors reserved for captures; WORKER_SLOTS depends on it. "
                          "FFmpeg uses as many threads, and up to 4 if there are more processors. "
                          "0 is the number of processors, or the cgroup's limit; set it where a "
                          "worker without a limit shares a machine."),
          config::Duration("STOP_GRACE", worker.stop_grace, milliseconds(0),
                           milliseconds(3'600'000),
                           "How long running captures may go on when a worker stops; then they are "
                           "requeued for another worker. In a cluster, a little less than the "
                           "termination grace period."),
      }};
}

int WorkerCpus(const WorkerSettings& worker, int processors) {
  return worker.cpus > 0 ? worker.cpus : processors;
}

int FfmpegThreads(const WorkerSettings& worker, int processors) {
  return std::max(WorkerCpus(worker, processors), std::min(kIdleThreadsMax, processors));
}

}  // namespace matinee::jobs
