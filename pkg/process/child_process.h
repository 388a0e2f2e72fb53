// One running child: signals, waiting, and the promise that it and its process group are gone and
// reaped when this object is.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "base/files.h"
#include "process/spawner.h"

namespace matinee::process {

// How a process ended: exit code, or -1 and the signal.
struct ExitStatus {
  int code = -1;
  int signal = 0;
};

class ChildProcess {
 public:
  ChildProcess(pid_t pid, UniqueFd pidfd, std::shared_ptr<Spawner> spawner);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable (poll) once the process has ended.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  // To the process alone, not to its group. Nothing happens once it has ended.
  void Signal(int signal);

  // Its end, or nothing if it still runs after `limit`. What it left behind in its process group
  // is killed when its end is noticed.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds limit);

  // Kills the whole group and reaps.
  void Kill();

 private:
  void KillGroup();

  const pid_t pid_;
  UniqueFd pidfd_;
  const std::shared_ptr<Spawner> spawner_;
  std::mutex mutex_;
  std::optional<ExitStatus> end_;
};

}  // namespace matinee::process
