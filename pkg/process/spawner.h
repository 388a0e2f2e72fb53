// The one thread that forks, and the bare act of starting a program.
//
// The kernel sends a child its parent-death signal when the *thread* that forked it ends
// (prctl(2), PR_SET_PDEATHSIG), so all forking is done by a thread that lives as long as this.
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

// A child that runs its program. Nobody has waited for it yet.
struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd out;  // Our ends of its stdout and stderr, non-blocking.
  UniqueFd err;
};

class Spawner {
 public:
  Spawner();
  ~Spawner();  // The children that still run get their death signals.
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // Fails with kNotFound (no such program), kPermissionDenied, kInvalidArgument (no arguments, or a
  // NUL in one), kUnavailable (cannot fork, or too many stuck children).
  Result<Spawned> Spawn(const Command& command);

  // Takes over a child that was killed but has not ended, because it hangs in the kernel (a network
  // file system that went away): it is reaped when it ends at last.
  void Abandon(UniqueFd pidfd);

  // Takes over what a child that was reaped has left in its process group, and reaps it as it ends.
  // That is only ours to do if orphans come to us, as they do to process 1 of a container.
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
