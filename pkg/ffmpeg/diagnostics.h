// FFmpeg's last words, turned into what a person understands.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

// What FFmpeg (or FFprobe) meant when it ended with `exit`: a code and a sentence that says what to
// do. The raw words stay in exit.err, for the log.
Error ExplainFailure(const process::Exit& exit);

// Whether FFmpeg, which may have ended well, complained that the file ends too soon.
bool SaysTorn(std::string_view ffmpeg_says);

// The same for a path that cannot be opened or is no film, before FFmpeg is asked: missing,
// forbidden, a folder, a disc image, empty. OK if FFmpeg may try.
Status CheckMediaFile(const std::string& path);

}  // namespace matinee::ffmpeg
