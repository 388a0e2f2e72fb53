#include "ffmpeg/traced_run.h"

#include <string_view>

#include "telemetry/trace.h"

namespace matinee::ffmpeg {

Result<process::Exit> RunTraced(process::Runner& runner, const process::Command& command,
                                const process::RunOptions& options) {
  std::string_view program = command.argv.front();
  program.remove_prefix(program.rfind('/') + 1);  // From the beginning if there is no slash.
  SpanOptions span_options;
  span_options.only_as_child = true;
  Span span(program, span_options);
  auto exit = runner.Run(command, options);
  if (!exit) {
    span.SetError(exit.error());
    return exit;
  }
  span.Set("process.exit.code", exit->code);
  if (exit->signal != 0) span.Set("process.exit.signal", exit->signal);
  if (!exit->ok()) span.SetError("exit_code");
  return exit;
}

}  // namespace matinee::ffmpeg
