// Child processes: an argument vector, never a shell.
//
// All children are forked by one thread that runs as long as the runner exists, because the
// kernel's parent-death signal (PR_SET_PDEATHSIG) is tied to the forking *thread*. Each child gets
// its own process group (setpgid, not setsid: autogrouping would defeat nice), the parent-death
// signal, /dev/null as stdin, default signal handlers, no other open descriptor than stdout, stderr
// and those that the command passes on, no new privileges (PR_SET_NO_NEW_PRIVS: set-user-ID
// programs and file capabilities have no effect), and no core dumps.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace matinee::process {

// What a child may use (setrlimit(2)); 0 means unlimited.
struct Limits {
  int64_t file_bytes_max = 0;           // Of each file that it writes; more ends it by SIGXFSZ.
  int64_t address_space_bytes_max = 0;  // Of its memory, also where it is only reserved.
};

// What a child that reads data of strangers may reach, where the kernel has the means for it; a
// kernel without them runs the child without. It opens no socket, traces no process (seccomp(2)),
// and reads files of the system and those named here only (Landlock, Linux 5.13).
struct Confinement {
  std::vector<std::string> readable = {};  // Files and folders, besides those of the system.
  std::vector<std::string> writable = {};  // Folders in which it creates and writes files.
};

// Descriptors that a command passes on begin with this number in the child.
constexpr int kFirstPassedDescriptor = 3;
constexpr size_t kPassedDescriptorsMax = 4;

struct Command {
  std::vector<std::string> argv = {};  // argv[0] is looked up in PATH if it has no slash.
  // Replaces the whole environment if not empty ("NAME=value"); otherwise the child inherits the
  // variables of this process that are on a list (see environment.h).
  std::vector<std::string> environment = {};
  int nice = 0;          // 19 for clips: they do not slow screenshots down.
  int death_signal = 9;  // SIGKILL; nginx needs SIGTERM, or its workers keep running.
  // Open descriptors of this process, which the child gets as kFirstPassedDescriptor, and so on; at
  // most kPassedDescriptorsMax. The caller keeps them open until the child has started.
  std::vector<int> descriptors = {};
  Limits limits = {};
  std::optional<Confinement> confinement = {};
};

// A request to stop: any thread may set it; Run sees it within 50 ms.
class CancelFlag {
 public:
  void Cancel() { cancelled_.store(true); }
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }

 private:
  std::atomic<bool> cancelled_{false};
};

struct RunOptions {
  std::chrono::milliseconds deadline{60000};
  size_t stdout_bytes_max = 1024 * 1024;  // More is discarded (ffprobe's JSON is < 100 KB).
  size_t stderr_bytes_max = 16 * 1024;    // The *last* bytes are kept: they hold the reason.
  // Called on the caller's thread for each whole line of stdout as it arrives (FFmpeg's -progress).
  std::function<void(std::string_view line)> on_stdout_line;
  const CancelFlag* cancel = nullptr;
};

struct Exit {
  int code = -1;   // Exit code; -1 if a signal terminated it.
  int signal = 0;  // The signal that terminated it, or 0.
  std::string out;
  std::string err;
  std::chrono::milliseconds elapsed{0};
  [[nodiscard]] bool ok() const { return code == 0; }
};

// The interface of the real runner and of fakes that fail.
class Runner {
 public:
  virtual ~Runner() = default;
  // Runs the command until it exits. Fails with kNotFound (no such program), kDeadlineExceeded,
  // kCancelled (in both cases the whole process group is killed), kUnavailable (cannot fork).
  // A child that ran and failed is not an error here: see Exit. The rest of its process group is
  // killed when a child exits.
  virtual Result<Exit> Run(const Command& command, const RunOptions& options) = 0;
};

// A supervised, long-running child: nginx. When it exits, the rest of its process group is killed.
class Child {
 public:
  virtual ~Child() = default;  // Kills the group if it still runs, and reaps it.
  [[nodiscard]] virtual pid_t pid() const = 0;
  virtual void Signal(int signal) = 0;  // Not to its group.
  // Returns its exit (without `out` and `err`) after the last call of `on_line`, or
  // kDeadlineExceeded if it still runs after `limit`. Must not be called from `on_line`.
  virtual Result<Exit> Wait(std::chrono::milliseconds limit) = 0;
};

class SystemRunner final : public Runner {
 public:
  SystemRunner();
  ~SystemRunner() override;

  Result<Exit> Run(const Command& command, const RunOptions& options) override;
  // Starts a supervised child; `on_line` is called for each line of its stdout and stderr on a
  // dedicated thread.
  Result<std::unique_ptr<Child>> Start(const Command& command,
                                       std::function<void(std::string_view line)> on_line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns the CPUs that this process may use: the cgroup's quota (cpu.max, version 1 or 2) rounded
// up, and no more than the scheduler's affinity. At least 1.
int CpuCount();

// Returns the bytes of memory that this process and its children may use: the cgroup's limit, and
// no more than the machine has.
int64_t MemoryBytes();

}  // namespace matinee::process
