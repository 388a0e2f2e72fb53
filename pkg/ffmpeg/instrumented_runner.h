// A decorator of a Runner that counts the runs of FFmpeg and FFprobe by outcome:
// matinee_ffmpeg_exit_total{program,outcome}, matinee_ffmpeg_running{program}.
//
// `program` is the file's name ("ffmpeg"). `outcome` is "ok", "failed" (its exit code), "killed" (a
// signal that was not ours), "cancelled", "deadline", or "not_started". All series exist
// from the start: Prometheus does not see the first increment of a new counter.
//
// Thread safety: Run may be called from any thread.
#pragma once

#include <string>
#include <vector>

#include "process/process_runner.h"

namespace matinee {
class Metrics;
}  // namespace matinee

namespace matinee::ffmpeg {

class InstrumentedRunner final : public process::Runner {
 public:
  // Both outlive it. `programs`: the paths of the programs that it will run.
  InstrumentedRunner(process::Runner& runner, Metrics& metrics,
                     const std::vector<std::string>& programs);

  Result<process::Exit> Run(const process::Command& command,
                            const process::RunOptions& options) override;

 private:
  process::Runner& runner_;
  Metrics& metrics_;
};

}  // namespace matinee::ffmpeg
