// One child process: signals and waiting. The destructor kills its process group and reaps it.
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
  // Readable (poll) once the process has exited.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  // Signals the process, not its group. Does nothing once it has exited.
  void Signal(int signal);

  // Returns its exit status, or std::nullopt if it still runs after `limit`. The rest of its
  // process group is killed before the status is returned.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds limit);

  // Kills the whole group and reaps the process.
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
