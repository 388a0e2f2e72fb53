#include "ffmpeg/measured_runner.h"

#include "telemetry/metrics.h"

namespace matinee::ffmpeg {
namespace {

std::string ProgramOf(const process::Command& command) {
  if (command.argv.empty()) return "";
  const std::string& path = command.argv.front();
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

const char* OutcomeOf(const Result<process::Exit>& exit) {
  if (exit) return exit->ok() ? "ok" : exit->signal != 0 ? "killed" : "failed";
  if (exit.error().code == Code::kCancelled) return "cancelled";
  if (exit.error().code == Code::kDeadlineExceeded) return "deadline";
  return "not_started";
}

}  // namespace

// Instruments are asked for each time: that is nothing beside starting a process.
Result<process::Exit> MeasuredRunner::Run(const process::Command& command,
                                          const process::RunOptions& options) {
  const std::string program = ProgramOf(command);
  Gauge& running = metrics_.GetGauge("matinee_ffmpeg_running", "Processes of FFmpeg that run now.",
                                     {{"program", program}});
  running.Add(1);
  auto exit = runner_.Run(command, options);
  running.Add(-1);
  metrics_
      .GetCounter("matinee_ffmpeg_exit_total", "Processes of FFmpeg that ended, by how.",
                  {{"program", program}, {"outcome", OutcomeOf(exit)}})
      .Add();
  return exit;
}

}  // namespace matinee::ffmpeg
