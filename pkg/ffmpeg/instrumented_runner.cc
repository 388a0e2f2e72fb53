#include "ffmpeg/instrumented_runner.h"

#include <array>

#include "telemetry/metrics.h"

namespace matinee::ffmpeg {
namespace {

constexpr std::array kOutcomes = {"ok", "failed", "killed", "cancelled", "deadline", "not_started"};

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

Counter& ExitCounter(Metrics& metrics, const std::string& program, const std::string& outcome) {
  return metrics.GetCounter("matinee_ffmpeg_exit_total", "Ended FFmpeg processes by outcome.",
                            {{"program", program}, {"outcome", outcome}});
}

Gauge& RunningGauge(Metrics& metrics, const std::string& program) {
  return metrics.GetGauge("matinee_ffmpeg_running", "Running FFmpeg processes.",
                          {{"program", program}});
}

const char* OutcomeOf(const Result<process::Exit>& exit) {
  if (exit) return exit->ok() ? "ok" : exit->signal != 0 ? "killed" : "failed";
  if (exit.error().code == Code::kCancelled) return "cancelled";
  if (exit.error().code == Code::kDeadlineExceeded) return "deadline";
  return "not_started";
}

}  // namespace

InstrumentedRunner::InstrumentedRunner(process::Runner& runner, Metrics& metrics,
                                       const std::vector<std::string>& programs)
    : runner_(runner), metrics_(metrics) {
  for (const std::string& path : programs) {
    RunningGauge(metrics_, NameOf(path)).Set(0);
    for (const char* outcome : kOutcomes) ExitCounter(metrics_, NameOf(path), outcome);
  }
}

// The metrics are looked up each time: cheap compared to starting a process.
Result<process::Exit> InstrumentedRunner::Run(const process::Command& command,
                                              const process::RunOptions& options) {
  const std::string program = command.argv.empty() ? "" : NameOf(command.argv.front());
  Gauge& running = RunningGauge(metrics_, program);
  running.Add(1);
  auto exit = runner_.Run(command, options);
  running.Add(-1);
  ExitCounter(metrics_, program, OutcomeOf(exit)).Add();
  return exit;
}

}  // namespace matinee::ffmpeg
