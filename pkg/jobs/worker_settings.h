// Settings of a worker: how much it does at once, and how it stops.
//
// Thread safety: plain values.
#pragma once

#include <chrono>

namespace matinee::config {
struct Section;
}

namespace matinee::jobs {

struct WorkerSettings {
  int slots = 0;  // 0: one more than processors.
  int cpus = 0;   // Processors for captures; 0: all.
  std::chrono::milliseconds stop_grace{5000};
};

config::Section WorkerSection(WorkerSettings& worker);

// Returns the number of processors that the worker counts on, which its slots depend on:
// WORKER_CPUS, or all. `processors` is what it may use at most, process::CpuCount().
int WorkerCpus(const WorkerSettings& worker, int processors);

// Returns the number of threads of one FFmpeg: that of WorkerCpus, but at least 4 where there are
// as many processors. WORKER_CPUS is mostly a share that is reserved, not a limit: FFmpeg has the
// lowest priority and may use what is idle.
int FfmpegThreads(const WorkerSettings& worker, int processors);

}  // namespace matinee::jobs
