// Turns FFmpeg's error output into errors for users.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// Explains why FFmpeg (or FFprobe) failed: a code and a sentence that says what to do. The raw text
// stays in exit.err, for the log.
Error ExplainFailure(const process::Exit& exit);

// Whether FFmpeg, which may have succeeded, reported that the file is truncated.
bool ReportsTruncation(std::string_view stderr_text);

}  // namespace matinee::ffmpeg
