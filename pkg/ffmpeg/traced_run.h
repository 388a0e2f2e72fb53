// FFmpeg and FFprobe as spans. Internal to this package.
//
// Thread safety: plain function.
#pragma once

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// runner.Run, as a span that is called like the program and knows how it ended. Neither arguments
// nor paths are in it.
Result<process::Exit> RunTraced(process::Runner& runner, const process::Command& command,
                                const process::RunOptions& options);

}  // namespace matinee::ffmpeg
