// Between fork and exec the child of a multithreaded program may make only async-signal-safe calls
// (fork(2), signal-safety(7)): another thread may have held malloc's lock. So everything that needs
// memory is prepared before the fork (Prepared), and RunChild makes system calls only.
#include "process/spawner.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

// glibc 2.36 lacks extern "C" in this header.
extern "C" {
#include <sys/pidfd.h>
}

#include "process/confinement.h"
#include "process/environment.h"

namespace matinee::process {
namespace {

// Children that cannot be killed mean a broken disk or network folder; more of them would not help.
constexpr size_t kAbandonedMax = 64;
constexpr std::chrono::seconds kReapInterval{1};
// Below are stdin, stdout, stderr and the descriptors that a command passes on.
constexpr int kFirstFreeFd = kFirstPassedDescriptor + static_cast<int>(kPassedDescriptorsMax);
constexpr int kCannotExec = 127;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

// Returns a copy that the child's dup2 calls cannot overwrite, close-on-exec.
Result<UniqueFd> CopyAboveTargets(int fd) {
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeFd));
  if (!copy.valid()) return Fail(SystemError("cannot copy a descriptor", errno));
  return copy;
}

// Both ends are close-on-exec, and the child's dup2 calls cannot overwrite one.
Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Fail(SystemError("cannot make a pipe", errno));
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (UniqueFd* end : {&pipe.read, &pipe.write}) {
    if (end->get() >= kFirstFreeFd) continue;
    TRY_ASSIGN(*end, CopyAboveTargets(end->get()));
  }
  return pipe;
}

Status SetNonBlocking(const UniqueFd& fd) {
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Fail(SystemError("cannot prepare a pipe", errno));
  }
  return {};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything that the child needs between fork and exec.
struct Prepared {
  std::string program;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<char*> argv_pointers;
  std::vector<char*> environment_pointers;
  int nice = 0;
  int death_signal = SIGKILL;
  int last_fd = 0;
  rlimit file_size{};
  rlimit address_space{};
  UniqueFd null;
  std::vector<UniqueFd> descriptors;
  std::optional<PreparedConfinement> confinement;
  Pipe out, err, report;
};

// A limit of 0 is none; it never exceeds the hard limit of this process.
rlimit LimitOf(int64_t bytes_max, __rlimit_resource resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  if (bytes_max <= 0) return limit;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(bytes_max));
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  return limit;
}

Status PrepareDescriptors(const Command& command, Prepared& prepared) {
  if (command.descriptors.size() > kPassedDescriptorsMax) {
    return Fail(Code::kInvalidArgument, "a command passes too many descriptors on");
  }
  for (const int descriptor : command.descriptors) {
    TRY_ASSIGN(UniqueFd copy, CopyAboveTargets(descriptor));
    prepared.descriptors.push_back(std::move(copy));
  }
  TRY_ASSIGN(prepared.out, MakePipe());
  TRY_ASSIGN(prepared.err, MakePipe());
  TRY_ASSIGN(prepared.report, MakePipe());
  TRY(SetNonBlocking(prepared.out.read));
  TRY(SetNonBlocking(prepared.err.read));
  prepared.null = UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!prepared.null.valid()) return Fail(SystemError("cannot open /dev/null", errno));
  return {};
}

Status Prepare(const Command& command, Prepared& prepared) {
  if (command.argv.empty()) return Fail(Code::kInvalidArgument, "no program is named");
  for (const std::string& argument : command.argv) {
    if (argument.find('\0') != std::string::npos) {
      return Fail(Code::kInvalidArgument, "an argument holds a NUL character");
    }
  }
  prepared.argv = command.argv;
  prepared.environment =
      command.environment.empty() ? InheritedEnvironment(environ) : command.environment;
  TRY_ASSIGN(prepared.program, FindProgram(prepared.argv.front(), prepared.environment));
  prepared.argv_pointers = Pointers(prepared.argv);
  prepared.environment_pointers = Pointers(prepared.environment);
  prepared.nice = command.nice;
  prepared.death_signal = command.death_signal;
  prepared.file_size = LimitOf(command.limits.file_bytes_max, RLIMIT_FSIZE);
  prepared.address_space = LimitOf(command.limits.address_space_bytes_max, RLIMIT_AS);
  if (command.confinement) {
    TRY_ASSIGN(prepared.confinement, PrepareConfinement(*command.confinement, prepared.program,
                                                        prepared.environment, command.descriptors));
  }
  rlimit open_files{};
  getrlimit(RLIMIT_NOFILE, &open_files);
  prepared.last_fd = static_cast<int>(std::min<rlim_t>(open_files.rlim_cur, 65536));
  return PrepareDescriptors(command, prepared);
}

// -- In the child, between fork and exec: system calls only. --

void CloseAllOnExec(int last_fd) {
  constexpr int kFirst = STDERR_FILENO + 1;
  if (close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int fd = kFirst; fd < last_fd; ++fd) {  // Kernels before 5.11.
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
}

void ResetSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// Descriptors of a command get their numbers, and stay open over exec.
bool PassDescriptors(const Prepared& prepared) {
  if (dup2(prepared.null.get(), STDIN_FILENO) < 0) return false;
  if (dup2(prepared.out.write.get(), STDOUT_FILENO) < 0) return false;
  if (dup2(prepared.err.write.get(), STDERR_FILENO) < 0) return false;
  int target = kFirstPassedDescriptor;
  for (const UniqueFd& descriptor : prepared.descriptors) {
    if (dup2(descriptor.get(), target++) < 0) return false;
  }
  return true;
}

bool Restrict(const Prepared& prepared) {
  const rlimit none{};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (setrlimit(RLIMIT_CORE, &none) != 0) return false;
  if (setrlimit(RLIMIT_FSIZE, &prepared.file_size) != 0) return false;
  if (setrlimit(RLIMIT_AS, &prepared.address_space) != 0) return false;
  return !prepared.confinement || Confine(*prepared.confinement);
}

[[noreturn]] void RunChild(const Prepared& prepared, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, prepared.death_signal);
  // If the parent exited before the line above, the death signal would never come.
  if (getppid() != parent) _exit(kCannotExec);
  ResetSignals();
  if (prepared.nice != 0) setpriority(PRIO_PROCESS, 0, prepared.nice);
  CloseAllOnExec(prepared.last_fd);
  if (PassDescriptors(prepared) && Restrict(prepared)) {
    execve(prepared.program.c_str(), prepared.argv_pointers.data(),
           prepared.environment_pointers.data());
  }
  const int reason = errno;
  const ssize_t written = write(prepared.report.write.get(), &reason, sizeof(reason));
  _exit(written == sizeof(reason) ? kCannotExec : kCannotExec - 1);
}

// -- Back in the parent. --

void Reap(int pidfd, int options) {
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | options) != 0 &&
         errno == EINTR) {
  }
}

// Runs on the forking thread, whose signals are all blocked.
Result<Spawned> Fork(const Prepared& prepared) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) RunChild(prepared, parent);
  if (pid < 0) return Fail(Code::kUnavailable, SystemError("cannot fork", errno).message);
  setpgid(pid, pid);  // Also here, so that the group exists before it may be killed.
  Spawned spawned;
  spawned.pid = pid;
  spawned.pidfd = UniqueFd(pidfd_open(pid, 0));
  if (!spawned.pidfd.valid()) {
    const int reason = errno;
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return Fail(Code::kUnavailable, SystemError("cannot watch a child", reason).message);
  }
  return spawned;
}

// Waits until exec has succeeded; otherwise returns its error.
Status AwaitExec(Prepared& prepared, const Spawned& spawned) {
  int reason = 0;
  ssize_t got = 0;
  do {
    got = read(prepared.report.read.get(), &reason, sizeof(reason));
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {};
  Reap(spawned.pidfd.get(), 0);
  return Fail(SystemError("cannot run " + prepared.program, reason));
}

}  // namespace

struct Spawner::Request {
  Prepared prepared;
  std::promise<Result<Spawned>> answer;
};

Spawner::Spawner() : thread_([this] { Loop(); }) {
  pthread_setname_np(thread_.native_handle(), "spawner");
}

Spawner::~Spawner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

Result<Spawned> Spawner::Spawn(const Command& command) {
  auto request = std::make_shared<Request>();
  Prepared& prepared = request->prepared;
  TRY(Prepare(command, prepared));
  auto answer = request->answer.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_.size() >= kAbandonedMax) {
      return Fail(
          Code::kUnavailable,
          "too many child processes hang and cannot be killed: is a network folder unreachable?");
    }
    requests_.push_back(request);
  }
  wake_.notify_one();
  TRY_ASSIGN(Spawned spawned, answer.get());
  // The parent's copies of the write ends, or its reads would never see the end of the output.
  prepared.out.write.Reset();
  prepared.err.write.Reset();
  prepared.report.write.Reset();
  TRY(AwaitExec(prepared, spawned));
  spawned.out = std::move(prepared.out.read);
  spawned.err = std::move(prepared.err.read);
  return spawned;
}

void Spawner::Abandon(UniqueFd pidfd) {
  const std::lock_guard lock(mutex_);
  abandoned_.push_back(std::move(pidfd));
  wake_.notify_one();
}

void Spawner::AdoptGroup(pid_t group) {
  // Most groups are empty, or their orphans go to another process.
  siginfo_t info{};
  if (waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
  const std::lock_guard lock(mutex_);
  adopted_groups_.push_back(group);
  wake_.notify_one();
}

void Spawner::Loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::unique_lock lock(mutex_);
  while (true) {
    const auto ready = [this] { return stopping_ || !requests_.empty(); };
    const auto idle = [this] { return abandoned_.empty() && adopted_groups_.empty(); };
    if (idle()) {
      wake_.wait(lock, [&] { return ready() || !idle(); });
    } else {
      wake_.wait_for(lock, kReapInterval, ready);
      ReapAbandoned();
    }
    while (!requests_.empty()) {
      const auto request = std::move(requests_.front());
      requests_.pop_front();
      lock.unlock();
      request->answer.set_value(Fork(request->prepared));
      lock.lock();
    }
    if (stopping_) return;
  }
}

void Spawner::ReapAbandoned() {
  std::erase_if(abandoned_, [](const UniqueFd& pidfd) {
    siginfo_t info{};
    const int result = waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
    return result != 0 || info.si_pid != 0;
  });
  // The id of a group is not reused before its last member is reaped.
  std::erase_if(adopted_groups_, [](pid_t group) {
    siginfo_t info{};
    int result = 0;
    do {
      info = {};
      result = waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG);
    } while (result == 0 && info.si_pid != 0);
    return result != 0;
  });
}

}  // namespace matinee::process
