// Films that tell, in every picture, which picture it is, and in their sound, what time it is; and
// the readers for both. Tests hold what was captured against what is in the film.
//
// Picture n shows its number as two rows of 14 blocks, white for 1: the number and its complement,
// large enough to be read after any scaling, JPEG or x264. The sound is 0.1 s of beep at the
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
  bool variable_rate = false;  // Leaves out pictures, up to 3 s of them before a keyframe.
  std::vector<int> beep_hertz = {1000};  // One sound stream each; empty: silent.
  std::string audio_codec = "aac";
  double audio_seconds = 0;  // 0: as long as the picture.
  double start_seconds = 0;  // Added to all time stamps (MPEG-TS adds 1.4 s itself).
  std::vector<std::string> muxer_arguments = {};
};

// The path of this film in `folder`; made now if it is not there yet (safe beside other processes).
Result<std::string> MakeFilm(process::Runner& runner, const Film& film, const std::string& folder);

struct Frame {
  int number = 0;
  double seconds = 0;  // The file's own time stamp.
};

// All pictures of a film, a clip or a JPEG in the order of showing. `filters` go before reading,
// e.g. "transpose=2" for a picture that was turned.
Result<std::vector<Frame>> ReadFrames(process::Runner& runner, const std::string& path,
                                      const std::string& filters = "");

// When the beeps of a sound stream begin, by the file's own time stamps; stream: 0 is the first
// sound.
Result<std::vector<double>> ReadBeeps(process::Runner& runner, const std::string& path,
                                      int stream = 0);

// The pitch of the first beep, by counting its waves.
Result<double> ReadPitch(process::Runner& runner, const std::string& path, int stream = 0);

// Brightness (0 to 255, as JPEG has it) of the picture scaled to columns x rows.
Result<std::vector<int>> ReadLuma(process::Runner& runner, const std::string& path, int columns,
                                  int rows);

// FFprobe's "key=value" lines for `entries`, e.g. "stream=codec_name,width".
Result<std::string> Probe(process::Runner& runner, const std::string& path,
                          const std::string& entries);

// Any program to its end; an error with its last words if it failed.
Result<process::Exit> RunOrFail(process::Runner& runner, std::vector<std::string> argv);

}  // namespace matinee::testfilms
