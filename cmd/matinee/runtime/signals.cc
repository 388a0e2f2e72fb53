#include "runtime/signals.h"

#include <pthread.h>

#include <csignal>
#include <cstdlib>

namespace matinee {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int Signals::Wait() {
  const sigset_t set = StopSignals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  // Nothing is lost when a second signal ends the process: the next start recovers what was
  // running.
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return signal;
}

bool Signals::pending() const {  // NOLINT(readability-convert-member-functions-to-static)
  sigset_t waiting;
  sigemptyset(&waiting);
  sigpending(&waiting);
  return sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1 ||
         sigismember(&waiting, SIGHUP) == 1;
}

}  // namespace matinee
