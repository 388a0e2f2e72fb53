// Makes films whose frames show their number and whose audio marks the time, and reads both. Tests
// compare a capture with its film.
//
// Frame n shows its number as two rows of 14 blocks, white for 1: the number and its complement,
// large enough to be readable after any scaling, JPEG or x264. The audio is a beep of 0.1 s at the
// beginning of every second.
//
// Needs FFmpeg with libx264 in PATH. Thread safety: pure functions over files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::testfilms {

struct Film {
  std::string name;  // File name; its ending chooses the container.
  std::string frame_rate = "24";
  double seconds = 12;
  int gop_frames = 48;
  int b_frames = 3;
  std::string size = "320x180";
  std::string filters = {};  // After the numbers are drawn, e.g. "setsar=64/45".
  std::string codec = "libx264";
  std::vector<std::string> codec_arguments = {"-preset", "veryfast"};
  std::string pixel_format = "yuv420p";
  bool variable_rate = false;            // Drops frames, up to 3 s of them before a keyframe.
  std::vector<int> beep_hertz = {1000};  // One audio stream each; empty: no audio.
  std::string audio_codec = "aac";
  double audio_seconds = 0;  // 0: as long as the video.
  double start_seconds = 0;  // Added to all time stamps (MPEG-TS adds 1.4 s itself).
  std::vector<std::string> muxer_arguments = {};
};

// Returns the path of this film in `folder`; makes it if missing (safe with concurrent processes).
Result<std::string> MakeFilm(process::Runner& runner, const Film& film, const std::string& folder);

struct Frame {
  int number = 0;
  double seconds = 0;  // The file's own time stamp.
};

// Reads all frames of a film, a clip or a JPEG in presentation order. `filters` are applied first,
// e.g. "transpose=2" for rotated video.
Result<std::vector<Frame>> ReadFrames(process::Runner& runner, const std::string& path,
                                      const std::string& filters = "");

// Reads when the beeps of an audio stream begin, by the file's time stamps; stream 0 is the first
// audio stream.
Result<std::vector<double>> ReadBeeps(process::Runner& runner, const std::string& path,
                                      int stream = 0);

// Reads the pitch of the first beep by counting zero crossings.
Result<double> ReadPitch(process::Runner& runner, const std::string& path, int stream = 0);

// Reads the brightness (0 to 255, as in JPEG) of the image scaled to columns x rows.
Result<std::vector<int>> ReadLuma(process::Runner& runner, const std::string& path, int columns,
                                  int rows);

// FFprobe's "key=value" lines for `entries`, e.g. "stream=codec_name,width".
Result<std::string> Probe(process::Runner& runner, const std::string& path,
                          const std::string& entries);

// Runs a program to its end; fails with its error output.
Result<process::Exit> RunOrFail(process::Runner& runner, std::vector<std::string> argv);

}  // namespace matinee::testfilms
