#include "process/child_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <utility>

// glibc 2.36 lacks extern "C" in this header.
extern "C" {
#include <sys/pidfd.h>
}

namespace matinee::process {
namespace {

// SIGKILL takes effect at once, except on a process that hangs in the kernel.
constexpr std::chrono::seconds kKillLimit{5};

// Returns whether `fd` is readable within `limit`.
bool WaitReadable(int fd, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{fd, POLLIN, 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::max(left.count(), int64_t{0})));
    if (ready > 0) return true;
    if (ready == 0 && left.count() <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid, UniqueFd pidfd, std::shared_ptr<Spawner> spawner)
    : pid_(pid), pidfd_(std::move(pidfd)), spawner_(std::move(spawner)) {}

ChildProcess::~ChildProcess() {
  Kill();
  if (!end_) spawner_->Abandon(std::move(pidfd_));
}

void ChildProcess::Signal(int signal) {
  const std::lock_guard lock(mutex_);
  if (!end_) pidfd_send_signal(pidfd_.get(), signal, nullptr, 0);
}

std::optional<ExitStatus> ChildProcess::Wait(std::chrono::milliseconds limit) {
  if (!WaitReadable(pidfd_.get(), limit)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (end_) return end_;
  // Before it is reaped: while the group leader is a zombie, its id cannot name another group.
  KillGroup();
  siginfo_t info{};
  int result = 0;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  end_ =
      info.si_code == CLD_EXITED ? ExitStatus{info.si_status, 0} : ExitStatus{-1, info.si_status};
  spawner_->AdoptGroup(pid_);
  return end_;
}

void ChildProcess::Kill() {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    KillGroup();
  }
  Wait(kKillLimit);
}

void ChildProcess::KillGroup() {
  kill(-pid_, SIGKILL);
}

}  // namespace matinee::process
