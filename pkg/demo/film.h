// The film that the demo plays: made by FFmpeg, so that a newcomer has something real to capture.
//
// 1280x720 at 24 frames a second, H.264 with a keyframe every two seconds, AAC, a subtitle track.
// The picture holds a clock, the frame's number, moving shapes, colour bars; the sound beeps each
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
  std::string path;     // Absolute.
  std::string picture;  // A JPEG of it, 400 pixels wide: its path.
};

// Arguments for FFmpeg (argv[0] is `ffmpeg`) that make a film of `seconds` at `output` with the
// subtitles of the file `subtitles`, and tell the progress on stdout.
std::vector<std::string> FilmCommand(const std::string& ffmpeg, const std::string& subtitles,
                                     const std::string& output, int seconds);
std::vector<std::string> PictureCommand(const std::string& ffmpeg, const std::string& film,
                                        const std::string& output);

// SubRip text: a cue every five seconds that names its time.
std::string Subtitles(int seconds);

// What FFmpeg's progress line says is done of a film of `seconds`, from 0 to 100; -1 for other
// lines.
int ProgressPercent(std::string_view line, int seconds);

// Makes the film in `folder`, or finds the one made before. Takes 18 s of processor time, and gives
// up after ten minutes. `say` gets a line for a person now and then. Fails with kNotFound (no
// FFmpeg), kMediaError (FFmpeg failed, with its last words), kDeadlineExceeded, and as
// base/files.h.
Result<Film> MakeFilm(const std::string& folder, const std::string& ffmpeg, process::Runner& runner,
                      const std::function<void(std::string_view)>& say);

}  // namespace matinee::demo
