// Makes the demo film with FFmpeg, so that a new user has something to capture.
//
// 1280x720 at 24 frames a second, H.264 with a keyframe every two seconds, AAC, a subtitle track.
// The video shows a clock, the frame number, moving shapes and colour bars; the audio beeps each
// second.
//
// Thread safety: pure functions; MakeFilm by one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "process/process_runner.h"

namespace matinee::demo {

constexpr int kFilmSeconds = 120;
constexpr int kFramesPerSecond = 24;
constexpr std::string_view kFilmTitle = "Matinee demo film";

struct Film {
  std::string path;   // Absolute.
  std::string image;  // The path of its thumbnail, a JPEG 400 pixels wide.
};

// The command (argv[0] is `ffmpeg`) that makes a film of `seconds` at `output` with the subtitles
// of the file `subtitles`, and prints progress on stdout.
std::vector<std::string> FilmCommand(const std::string& ffmpeg, const std::string& subtitles,
                                     const std::string& output, int seconds);
std::vector<std::string> ImageCommand(const std::string& ffmpeg, const std::string& film,
                                      const std::string& output);

// SubRip text with a cue every five seconds that shows its time.
std::string Subtitles(int seconds);

// Parses FFmpeg's progress line for a film of `seconds`: 0 to 100, or -1 for other lines.
int ProgressPercent(std::string_view line, int seconds);

// Makes the film in `folder`, or reuses an existing one. Takes 18 s of CPU time; the timeout is ten
// minutes. `say` receives progress messages for users. Fails with kNotFound (no FFmpeg),
// kMediaError (FFmpeg failed, with its error output), kDeadlineExceeded, and like base/files.h.
Result<Film> MakeFilm(const std::string& folder, const std::string& ffmpeg, process::Runner& runner,
                      const std::function<void(std::string_view)>& say);

}  // namespace matinee::demo
