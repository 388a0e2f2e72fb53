// Estimates what a run of FFmpeg needs, and the limits that follow from it.
//
// The memory is estimated from what was measured with FFmpeg 5.1 (resources.cc), rather high than
// low: it decides how much may run at once.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "ffmpeg/media_info.h"
#include "process/process_runner.h"

namespace matinee::ffmpeg {

enum class Work { kScreenshot, kFastClip, kPreciseClip, kPoster };

// Resident bytes of FFmpeg at its peak. `threads` decode.
int64_t EstimateMemoryBytes(const VideoStream& video, Work work, int threads);

// The most bytes that one file of this work may take: far more than it does, so that only a run
// that is out of hand ends there. `source_bytes` is the size of the media file, `seconds` the
// length of a clip.
int64_t EstimateFileBytesMax(const VideoStream& video, Work work, int64_t source_bytes,
                             double seconds);

// The address space for this much memory: several times as much, since libraries, stacks and heaps
// of threads reserve more than they use. `cpus` of the machine: FFmpeg has threads for each.
int64_t AddressSpaceBytesMax(int64_t memory_bytes, int cpus);

// FFprobe writes no file; how large the frames are is not known before.
process::Limits ProbeLimits();

}  // namespace matinee::ffmpeg
