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

}  // namespace matinee::jobs
