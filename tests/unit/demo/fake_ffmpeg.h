// A fake FFmpeg that writes a few bytes to its output, or fails.
#pragma once

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "process/process_runner.h"

namespace matinee::demo {

class FakeFfmpeg final : public process::Runner {
 public:
  Result<process::Exit> Run(const process::Command& command,
                            const process::RunOptions& options) override {
    commands.push_back(command);
    std::ofstream(command.argv.back()) << "media";
    for (const std::string& line : progress) {
      if (options.on_stdout_line) options.on_stdout_line(line);
    }
    return answer;
  }

  std::vector<process::Command> commands;
  std::vector<std::string> progress;
  Result<process::Exit> answer = Success();

 private:
  static process::Exit Success() {
    process::Exit exit;
    exit.code = 0;
    return exit;
  }
};

}  // namespace matinee::demo
