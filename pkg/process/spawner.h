// The thread that forks and starts programs.
//
// The kernel sends a child its parent-death signal when the *thread* that forked it ends
// (prctl(2), PR_SET_PDEATHSIG), so one thread that runs as long as this object exists does all
// forks.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::process {

// A child that runs its program and is not reaped yet.
struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd out;  // The read ends of its stdout and stderr, non-blocking.
  UniqueFd err;
};

class Spawner {
 public:
  Spawner();
  ~Spawner();  // Children that still run get their parent-death signal.
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // Fails with kNotFound (no such program), kPermissionDenied, kInvalidArgument (no arguments, or a
  // NUL in one), kUnavailable (cannot fork, or too many stuck children).
  Result<Spawned> Spawn(const Command& command);

  // Reaps a child later that was killed but has not exited, because it hangs in the kernel (a
  // network file system that is unreachable).
  void Abandon(UniqueFd pidfd);

  // Reaps the processes that a reaped child has left in its process group, as they exit. That is
  // needed only where orphans are reparented to this process, as to process 1 of a container.
  void AdoptGroup(pid_t group);

 private:
  struct Request;

  void Loop();
  void ReapAbandoned();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Request>> requests_;
  std::vector<UniqueFd> abandoned_;
  std::vector<pid_t> adopted_groups_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace matinee::process
