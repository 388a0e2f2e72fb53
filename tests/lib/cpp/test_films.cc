#include "tests/lib/cpp/test_films.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::testfilms {
namespace {

constexpr int kBits = 14;
constexpr int kColumns = 16;  // A margin, the bits, a margin.
constexpr int kRows = 8;
constexpr int kNumberRow = 3;
constexpr int kSampleRate = 48000;
constexpr int kLoud = 4000;               // Of 32767.
constexpr int kQuietSamples = 48000 / 5;  // Beeps are 0.9 s apart.

std::string NumberBlocks() {
  std::string chain;
  for (int bit = 0; bit < kBits; ++bit) {
    for (int row = 0; row < 2; ++row) {
      const std::string is_one = fmt::format("mod(floor(n/{}),2)", 1 << bit);
      chain +=
          fmt::format(",drawbox=x=iw*{}/16:y=ih*{}/8:w=iw/16:h=ih/8:c=white:t=fill:enable='{}'",
                      bit + 1, kNumberRow + row, row == 0 ? is_one : "1-" + is_one);
    }
  }
  return chain;
}

std::vector<std::string> FilmArguments(const Film& film, const std::string& path) {
  // Every 7th frame is missing, and 3 s before the keyframe at second 6.
  const std::string gaps = film.variable_rate ? ",select='mod(n\\,7)*(lt(t\\,3)+gte(t\\,6))'" : "";
  std::vector<std::string> argv = {
      "ffmpeg",
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "error",
      "-f",
      "lavfi",
      "-i",
      fmt::format("color=black:s={}:r={}:d={},format=yuv420p{}{}{}", film.size, film.frame_rate,
                  film.seconds, NumberBlocks(), gaps,
                  film.filters.empty() ? "" : "," + film.filters)};
  const double audio_seconds = film.audio_seconds > 0 ? film.audio_seconds : film.seconds;
  for (const int hertz : film.beep_hertz) {
    argv.insert(argv.end(), {"-f", "lavfi", "-i",
                             fmt::format("aevalsrc='0.8*sin(2*PI*{}*t)*lt(mod(t,1),0.1)':s={}:d={}",
                                         hertz, kSampleRate, audio_seconds)});
  }
  for (size_t input = 0; input <= film.beep_hertz.size(); ++input) {
    argv.insert(argv.end(), {"-map", std::to_string(input)});
  }
  argv.insert(argv.end(), {"-c:v", film.codec});
  argv.insert(argv.end(), film.codec_arguments.begin(), film.codec_arguments.end());
  argv.insert(argv.end(), {"-pix_fmt", film.pixel_format, "-g", std::to_string(film.gop_frames),
                           "-keyint_min", std::to_string(film.gop_frames), "-sc_threshold", "0",
                           "-bf", std::to_string(film.b_frames), "-fps_mode", "vfr",
                           "-force_key_frames", film.variable_rate ? "6" : "0"});
  argv.insert(argv.end(), {"-c:a", film.audio_codec, "-strict", "-2"});
  if (film.start_seconds > 0) {
    argv.insert(argv.end(), {"-output_ts_offset", fmt::format("{}", film.start_seconds)});
  }
  argv.insert(argv.end(), film.muxer_arguments.begin(), film.muxer_arguments.end());
  argv.insert(argv.end(), {"-y", "file:" + path});
  return argv;
}

int ReadNumber(std::string_view pixels) {
  int number = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    const auto at = static_cast<size_t>(kNumberRow * kColumns + bit + 1);
    const auto one = static_cast<unsigned char>(pixels[at]);
    const auto zero = static_cast<unsigned char>(pixels[at + kColumns]);
    if (one > zero) number |= 1 << bit;
  }
  return number;
}

// The time stamps of stream 0 in FFmpeg's framecrc format.
std::vector<double> ReadFramecrc(std::string_view text) {
  std::vector<double> times;
  double time_base = 0;
  for (const auto line : Split(text, '\n')) {
    if (line.starts_with("#tb 0: ")) {
      const auto parts = Split(line.substr(7), '/');
      time_base = *ParseDouble(parts[0]) / *ParseDouble(parts[1]);
    } else if (line.starts_with("0,")) {
      times.push_back(*ParseDouble(Trim(Split(line, ',')[2])) * time_base);
    }
  }
  return times;
}

// The samples of an audio stream, and the time of the first.
struct Audio {
  std::vector<int> samples;
  double start_seconds = 0;
};

Result<Audio> ReadAudio(process::Runner& runner, const std::string& path, int stream) {
  const std::string map = fmt::format("0:a:{}", stream);
  TRY_ASSIGN(const process::Exit exit, RunOrFail(runner, {"ffmpeg",   "-hide_banner",
                                                          "-nostdin", "-loglevel",
                                                          "error",    "-copyts",
                                                          "-i",       "file:" + path,
                                                          "-map",     map,
                                                          "-ac",      "1",
                                                          "-ar",      std::to_string(kSampleRate),
                                                          "-f",       "s16le",
                                                          "pipe:1",   "-map",
                                                          map,        "-frames:a",
                                                          "1",        "-f",
                                                          "framecrc", "pipe:2"}));
  Audio audio;
  const auto times = ReadFramecrc(exit.err);
  if (!times.empty()) audio.start_seconds = times.front();
  for (size_t i = 0; i + 1 < exit.out.size(); i += 2) {
    audio.samples.push_back(static_cast<int16_t>(static_cast<unsigned char>(exit.out[i]) |
                                                 static_cast<unsigned char>(exit.out[i + 1]) << 8));
  }
  return audio;
}

std::vector<size_t> Onsets(const std::vector<int>& samples) {
  std::vector<size_t> onsets;
  std::optional<size_t> last_loud;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (std::abs(samples[i]) < kLoud) continue;
    if (!last_loud || i - *last_loud > kQuietSamples) onsets.push_back(i);
    last_loud = i;
  }
  return onsets;
}

}  // namespace

Result<process::Exit> RunOrFail(process::Runner& runner, std::vector<std::string> argv) {
  process::RunOptions options;
  options.stdout_bytes_max = 512 * 1024 * 1024;
  options.stderr_bytes_max = 16 * 1024 * 1024;
  process::Command command;
  command.argv = std::move(argv);
  TRY_ASSIGN(process::Exit exit, runner.Run(command, options));
  if (!exit.ok()) return Fail(Code::kInternal, command.argv[0] + " failed: " + exit.err);
  return exit;
}

Result<std::string> MakeFilm(process::Runner& runner, const Film& film, const std::string& folder) {
  TRY(CreateDirectories(folder));
  const std::string path = folder + "/" + film.name;
  // A film with a changed description is made again under the same name.
  std::string description;
  for (const auto& argument : FilmArguments(film, path)) description += argument + "\n";
  const std::string note =
      fmt::format("{}/{:x}.made", folder, std::hash<std::string>{}(description));
  if (access(note.c_str(), R_OK) == 0 && access(path.c_str(), R_OK) == 0) return path;
  const size_t dot = film.name.rfind('.');
  const std::string temporary =
      fmt::format("{}/.{}.{}", folder, getpid(), film.name.substr(dot + 1));
  TRY(RunOrFail(runner, FilmArguments(film, temporary)));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return Fail(Code::kInternal, "cannot rename " + temporary);
  }
  TRY(WriteFileAtomically(note, description));
  return path;
}

Result<std::vector<Frame>> ReadFrames(process::Runner& runner, const std::string& path,
                                      const std::string& filters) {
  const std::string scale = (filters.empty() ? "" : filters + ",") +
                            fmt::format("scale={}:{}:flags=area,format=gray", kColumns, kRows);
  const std::vector<std::string> encode = {"-fps_mode", "passthrough", "-enc_time_base", "1:90000"};
  std::vector<std::string> argv = {"ffmpeg", "-hide_banner", "-nostdin", "-loglevel",
                                   "fatal",  "-copyts",      "-i",       "file:" + path};
  for (const char* output : {"rawvideo", "framecrc"}) {
    argv.insert(argv.end(), {"-map", "0:v:0", "-vf", scale});
    argv.insert(argv.end(), encode.begin(), encode.end());
    argv.insert(argv.end(), {"-c:v", "rawvideo", "-f", output,
                             std::string(output) == "rawvideo" ? "pipe:1" : "pipe:2"});
  }
  TRY_ASSIGN(const process::Exit exit, RunOrFail(runner, argv));
  const auto times = ReadFramecrc(exit.err);
  constexpr size_t kBytes = kColumns * kRows;
  std::vector<Frame> frames;
  for (size_t i = 0; i < times.size() && (i + 1) * kBytes <= exit.out.size(); ++i) {
    frames.push_back({ReadNumber(std::string_view(exit.out).substr(i * kBytes, kBytes)), times[i]});
  }
  return frames;
}

Result<std::vector<double>> ReadBeeps(process::Runner& runner, const std::string& path,
                                      int stream) {
  TRY_ASSIGN(const Audio audio, ReadAudio(runner, path, stream));
  std::vector<double> beeps;
  for (const size_t onset : Onsets(audio.samples)) {
    beeps.push_back(audio.start_seconds + static_cast<double>(onset) / kSampleRate);
  }
  return beeps;
}

Result<double> ReadPitch(process::Runner& runner, const std::string& path, int stream) {
  TRY_ASSIGN(const Audio audio, ReadAudio(runner, path, stream));
  const auto onsets = Onsets(audio.samples);
  // 50 ms of a complete beep.
  constexpr size_t kSamples = kSampleRate / 20;
  for (const size_t onset : onsets) {
    if (onset + kSamples >= audio.samples.size()) break;
    int crossings = 0;
    for (size_t i = onset + 1; i < onset + kSamples; ++i) {
      if ((audio.samples[i - 1] < 0) != (audio.samples[i] < 0)) ++crossings;
    }
    return crossings / 2.0 / 0.05;
  }
  return Fail(Code::kInternal, "there is no beep in " + path);
}

Result<std::vector<int>> ReadLuma(process::Runner& runner, const std::string& path, int columns,
                                  int rows) {
  TRY_ASSIGN(const process::Exit exit,
             RunOrFail(runner, {"ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-i",
                                "file:" + path, "-map", "0:v:0", "-frames:v", "1", "-vf",
                                fmt::format("scale={}:{}:flags=area:out_range=pc,format=gray",
                                            columns, rows),
                                "-f", "rawvideo", "pipe:1"}));
  std::vector<int> luma;
  for (const char c : exit.out) luma.push_back(static_cast<unsigned char>(c));
  return luma;
}

Result<std::string> Probe(process::Runner& runner, const std::string& path,
                          const std::string& entries) {
  TRY_ASSIGN(process::Exit exit, RunOrFail(runner, {"ffprobe", "-v", "error", "-of", "default=nw=1",
                                                    "-show_entries", entries, "file:" + path}));
  return std::move(exit.out);
}

}  // namespace matinee::testfilms
