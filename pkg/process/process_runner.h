// Child processes: an argument vector, never a shell.
//
// All children are forked by one thread that lives as long as the runner, because the kernel's
// parent-death signal (PR_SET_PDEATHSIG) follows the forking *thread*. Each child gets its own
// process group (setpgid, not setsid: autogrouping would defeat nice), the parent-death signal,
// /dev/null as stdin, default signal handlers, and no descriptor of ours but those it should have.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace matinee::process {

struct Command {
  std::vector<std::string> argv = {};  // argv[0] is looked up in PATH if it holds no slash.
  // Replaces the whole environment if not empty ("NAME=value"); otherwise ours is inherited
  // without the variables that hold secrets (see environment.h).
  std::vector<std::string> environment = {};
  int nice = 0;          // 19 for clips: a screenshot is not slowed by them.
  int death_signal = 9;  // SIGKILL; nginx wants SIGTERM, or its workers live on.
};

// Asked to stop: set by anybody, seen by Run within 50 ms.
class CancelFlag {
 public:
  void Cancel() { cancelled_.store(true); }
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }

 private:
  std::atomic<bool> cancelled_{false};
};

struct RunOptions {
  std::chrono::milliseconds deadline{60000};
  size_t stdout_bytes_max = 1024 * 1024;  // More is read and dropped (ffprobe's JSON is < 100 KB).
  size_t stderr_bytes_max = 16 * 1024;    // The *last* bytes are kept: that is where the reason is.
  // Called on the caller's thread for each whole line of stdout as it comes (FFmpeg's -progress).
  std::function<void(std::string_view line)> on_stdout_line;
  const CancelFlag* cancel = nullptr;
};

struct Exit {
  int code = -1;   // Exit code; -1 if a signal ended it.
  int signal = 0;  // The signal that ended it, or 0.
  std::string out;
  std::string err;
  std::chrono::milliseconds elapsed{0};
  [[nodiscard]] bool ok() const { return code == 0; }
};

// A seam: the real runner, and fakes that fail.
class Runner {
 public:
  virtual ~Runner() = default;
  // Runs the command to its end. Fails with kNotFound (no such program), kDeadlineExceeded,
  // kCancelled (in both cases the whole process group is gone), kUnavailable (cannot fork).
  // A child that ran and failed is not an error here: see Exit. What a child leaves behind in its
  // process group when it ends is killed.
  virtual Result<Exit> Run(const Command& command, const RunOptions& options) = 0;
};

// A child that stays: nginx. When it ends, what is left of its process group is killed.
class Child {
 public:
  virtual ~Child() = default;  // Kills the group if it still runs, and reaps it.
  [[nodiscard]] virtual pid_t pid() const = 0;
  virtual void Signal(int signal) = 0;  // To the child alone, not to its group.
  // Its exit (without `out` and `err`), or kDeadlineExceeded if it still runs after `limit`. All
  // its lines have been handed out when its end is told. Not to be called from `on_line`.
  virtual Result<Exit> Wait(std::chrono::milliseconds limit) = 0;
};

class SystemRunner final : public Runner {
 public:
  SystemRunner();
  ~SystemRunner() override;

  Result<Exit> Run(const Command& command, const RunOptions& options) override;
  // Starts a child that stays; each line of its stdout and stderr goes to `on_line` on a thread of
  // the runner's.
  Result<std::unique_ptr<Child>> Start(const Command& command,
                                       std::function<void(std::string_view line)> on_line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// CPUs that this process may use: the cgroup's quota (cpu.max, version 1 or 2) rounded up, and no
// more than the scheduler's affinity. At least 1.
int CpuCount();

}  // namespace matinee::process
