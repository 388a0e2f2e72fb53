// Starts a child that would run for ten minutes, prints its process id, and waits with it.
#include <unistd.h>

#include <cstdio>

#include "process/process_runner.h"

int main() {
  matinee::process::SystemRunner runner;
  // `exec` keeps the process id that the shell prints.
  matinee::process::Command command;
  command.argv = {"/bin/sh", "-c", "echo $$; exec sleep 600"};
  matinee::process::RunOptions options;
  options.deadline = std::chrono::minutes(10);
  options.on_stdout_line = [](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  };
  return runner.Run(command, options) ? 0 : 1;
}
