// Traces runs of FFmpeg and FFprobe. Internal to this package.
//
// Thread safety: plain function.
#pragma once

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// Calls runner.Run in a span named after the program, with its exit status. The span contains
// neither arguments nor paths.
Result<process::Exit> RunTraced(process::Runner& runner, const process::Command& command,
                                const process::RunOptions& options);

}  // namespace matinee::ffmpeg
