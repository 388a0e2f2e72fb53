// Reads the headers of files that FFmpeg wrote; FFprobe would take 120 ms.
//
// Thread safety: pure functions over files.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ffmpeg/filters.h"

namespace matinee::ffmpeg {

// Size of a file in bytes; kMediaError with a sentence if it is missing or empty.
Result<int64_t> OutputBytes(const std::string& path);

// Width and height of a JPEG (ITU-T T.81, B.2.2: the frame header).
Result<Size> JpegSize(const std::string& path);

// Length of an MP4 whose moov box comes first (ISO/IEC 14496-12, 8.2.2: mvhd).
Result<double> Mp4Seconds(const std::string& path);

}  // namespace matinee::ffmpeg
