#include "demo/film.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::demo {
namespace {

// Part of the file's name: incremented when the film changes, so that it is made again.
constexpr int kFilmVersion = 2;
// A small NAS may be ten times slower than the reference machine.
constexpr std::chrono::minutes kFilmTimeMax{10};
constexpr std::chrono::milliseconds kImageTimeMax{60000};
constexpr int kProgressStepPercent = 25;
constexpr int kCueEverySeconds = 5;
constexpr int kImageAtSeconds = 63;

// The filter graph, from the back to the front. Still parts are drawn once and repeated; only small
// parts move, in the format of the overlay filter. This makes the film quick to make.

// Repeats a still image as an endless stream.
std::string Endless() {
  return fmt::format("loop=-1:1:0,setpts=N/{}/TB", kFramesPerSecond);
}

std::string Source(std::string_view colour, std::string_view size) {
  return fmt::format("color=c={}:s={}:r={}", colour, size, kFramesPerSecond);
}

// A night sky that brightens towards the dial on the right, the title, and the black border.
std::string Backdrop() {
  constexpr std::string_view kGlow = "pow(max(0,1-hypot((X-998)/900,(Y-310)/620)),1.5)";
  const std::string sky =
      fmt::format("format=gbrp,geq=r='15+27*{0}':g='15+59*{0}':b='35+92*{0}'", kGlow);
  return Source("0x0f0f23", "1280x720") + "," + sky +
         ",drawtext=font=Sans:text=MATINEE:fontsize=64:fontcolor=0xe5a00d:borderw=2:"
         "bordercolor=0xe5a00d:x=72:y=104"
         ",drawtext=font=Sans:text='The demo film':fontsize=34:fontcolor=0xeeeeee:x=74:y=180"
         ",drawtext=font=Sans:text='Take a screenshot of any moment':fontsize=24:"
         "fontcolor=0x9fa8c7:x=75:y=228"
         ",drawtext=font=Sans:text=FRAME:fontsize=22:fontcolor=0x9fa8c7:x=76:y=440";
}

std::string ColourBars() {
  constexpr std::string_view kColours[] = {"0xc0c0c0", "0xc0c000", "0x00c0c0", "0x00c000",
                                           "0xc000c0", "0xc00000", "0x0000c0"};
  std::string bars;
  int x = 72;
  for (const std::string_view colour : kColours) {
    bars += fmt::format(",drawbox=x={}:y=548:w=104:h=60:c={}:t=fill", x, colour);
    x += 104;
  }
  // The track of the progress bar.
  return bars + ",drawbox=x=72:y=630:w=1136:h=10:c=0x2b2b4d:t=fill";
}

// Rings and cross-hairs like those before an old film.
std::string Dial() {
  return Source("white", "420x420") +
         ",format=yuva420p,geq=lum=235:cb=128:cr=128:a='60*between(hypot(X-210,Y-210),200,206)+"
         "60*between(hypot(X-210,Y-210),150,153)+26*lt(hypot(X-210,Y-210),150)+"
         "50*lt(abs(X-210),1.5)+50*lt(abs(Y-210),1.5)',trim=end_frame=1";
}

std::string Ball(std::string_view colour) {
  return Source(colour, "56x56") +
         ",format=yuva420p,geq=lum='p(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':"
         "a='255*clip(27-hypot(X-27.5,Y-27.5),0,1)',trim=end_frame=1," +
         Endless();
}

// The perforated edge of a film strip, a little wider than the frame so that it can move.
std::string Edge() {
  return Source("0x08080f", "1360x56") +
         ",format=yuv420p,geq=lum='if(between(mod(X,40),9,31)*between(Y,14,42),52,p(X,Y))':cb=128:"
         "cr=128,format=yuva420p,trim=end_frame=1," +
         Endless();
}

std::string Texts() {
  return "drawtext=font=Sans:fontsize=112:fontcolor=white:x=66:y=296:"
         "text='%{eif\\:floor(t/60)\\:d\\:2}\\:%{eif\\:mod(floor(t),60)\\:d\\:2}."
         "%{eif\\:mod(floor(t*1000+0.5),1000)\\:d\\:3}'"
         ",drawtext=font=Sans:fontsize=40:fontcolor=white:x=164:y=427:text='%{eif\\:n\\:d\\:5}'"
         ",drawtext=font=Sans:fontsize=150:fontcolor=0xeeeeee:x=998-tw/2:y=266:"
         "text='%{eif\\:mod(floor(t),60)\\:d\\:2}'";
}

std::string Graph(int seconds) {
  return Backdrop() + ColourBars() + ",format=yuv420p,trim=end_frame=1[still];" + Dial() +
         "[dial];[still][dial]overlay=x=788:y=112," + Endless() + "[back];" + Ball("0xe5a00d") +
         "[hand];" + Ball("0x00a4dc") + "[ball];" + Source("0xe5a00d", "1136x10") +
         ",format=yuva420p,trim=end_frame=1," + Endless() + "[bar];" + Edge() +
         ",split[top][bottom];"
         "[back][top]overlay=x='-mod(t*40,40)':y=0[s1];"
         "[s1][bottom]overlay=x='-mod(t*40,40)':y=664[s2];"
         "[s2][hand]overlay=x='970+203*sin(PI*t)':y='294-203*cos(PI*t)'[s3];"
         "[s3][ball]overlay=x='360+384*abs(mod(t/2,2)-1)':y='492-72*abs(sin(t*PI))'[s4];"
         "[s4][bar]overlay=x='" +
         fmt::format("72-1136+1136*t/{}", seconds) +
         "':y=630[s5];"
         // The bar slides in from the left: hide its part outside the track.
         "[s5]drawbox=x=0:y=630:w=72:h=10:c=0x0f0f23:t=fill," +
         Texts() + "[video]";
}

std::string LastLine(std::string_view text) {
  const auto lines = Split(Trim(text), '\n');
  return EscapeUnprintable(TruncateUtf8(Trim(lines.back()), 300));
}

bool FileExists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

// Runs FFmpeg, which writes `temporary`, and renames the result to `path` only when it is complete.
Status MakeFile(process::Runner& runner, std::vector<std::string> argv,
                const process::RunOptions& options, const std::string& temporary,
                const std::string& path) {
  process::Command command;
  command.argv = std::move(argv);
  const auto exit = runner.Run(command, options);
  if (!exit || !exit->ok()) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    if (!exit) return Fail(exit.error().WithContext("making the demo film"));
    return Fail(Code::kMediaError, "FFmpeg could not make the demo film: " + LastLine(exit->err));
  }
  TRY(SyncPath(temporary));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return Fail(SystemError("cannot rename " + temporary, errno));
  }
  return {};
}

Status MakeVideo(const Film& film, const std::string& ffmpeg, process::Runner& runner,
                 const std::function<void(std::string_view)>& say) {
  const std::string subtitles = film.path + ".srt";
  const std::string temporary = film.path + ".tmp";
  TRY(WriteFileAtomically(subtitles, Subtitles(kFilmSeconds)));
  int reported = 0;
  process::RunOptions options;
  options.deadline = kFilmTimeMax;
  options.on_stdout_line = [&](std::string_view line) {
    const int percent = ProgressPercent(line, kFilmSeconds);
    if (percent < reported + kProgressStepPercent || percent >= 100) return;
    reported = percent - percent % kProgressStepPercent;
    say(fmt::format("Making the demo film: {} %", reported));
  };
  say("Making the demo film (once; it takes some ten seconds)");
  Status made = MakeFile(runner, FilmCommand(ffmpeg, subtitles, temporary, kFilmSeconds), options,
                         temporary, film.path);
  std::error_code ignored;
  std::filesystem::remove(subtitles, ignored);
  if (made) say("The demo film is ready");
  return made;
}

}  // namespace

std::vector<std::string> FilmCommand(const std::string& ffmpeg, const std::string& subtitles,
                                     const std::string& output, int seconds) {
  const std::string length = std::to_string(seconds);
  return {ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1", "-y",
          "-filter_complex", Graph(seconds),
          // A low tone, and a high beep each second.
          "-f", "lavfi", "-i",
          "sine=frequency=220:beep_factor=4:sample_rate=48000:duration=" + length, "-f", "srt",
          "-i", subtitles, "-map", "[video]", "-map", "0:a", "-map", "1:s", "-t", length, "-c:v",
          "libx264", "-preset", "ultrafast", "-crf", "23", "-g",
          std::to_string(2 * kFramesPerSecond), "-c:a", "aac", "-aac_coder", "fast", "-b:a", "96k",
          "-c:s", "srt", "-metadata:s:a:0", "language=eng", "-metadata:s:s:0", "language=eng",
          "-metadata", "title=" + std::string(kFilmTitle), "-f", "matroska", output};
}

std::vector<std::string> ImageCommand(const std::string& ffmpeg, const std::string& film,
                                      const std::string& output) {
  return {ffmpeg,  "-hide_banner", "-nostdin",  "-loglevel",
          "error", "-y",           "-ss",       std::to_string(kImageAtSeconds),
          "-i",    film,           "-frames:v", "1",
          "-vf",   "scale=400:-2", "-q:v",      "3",
          "-f",    "mjpeg",        output};
}

std::string Subtitles(int seconds) {
  std::string text;
  int number = 0;
  for (int start = 0; start < seconds; start += kCueEverySeconds) {
    const int end = std::min(start + kCueEverySeconds - 1, seconds);
    text += fmt::format("{}\n00:{:02}:{:02},000 --> 00:{:02}:{:02},000\n", ++number, start / 60,
                        start % 60, end / 60, end % 60);
    text += fmt::format("Subtitle {}, from second {} to second {}\n\n", number, start, end);
  }
  return text;
}

int ProgressPercent(std::string_view line, int seconds) {
  constexpr std::string_view kKey = "out_time_us=";
  if (!line.starts_with(kKey)) return -1;
  const auto micros = ParseInt(line.substr(kKey.size()));
  if (!micros || seconds <= 0) return -1;
  return static_cast<int>(std::clamp<int64_t>(*micros / 10000 / seconds, 0, 100));
}

Result<Film> MakeFilm(const std::string& folder, const std::string& ffmpeg, process::Runner& runner,
                      const std::function<void(std::string_view)>& say) {
  TRY(CreateDirectories(folder));
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(folder, error);
  if (error) return Fail(SystemError("cannot access " + folder, error.value()));
  const std::string name = fmt::format("matinee-demo-film-{}", kFilmVersion);
  const Film film{(real / (name + ".mkv")).string(), (real / (name + ".jpg")).string()};
  if (!FileExists(film.path)) TRY(MakeVideo(film, ffmpeg, runner, say));
  if (!FileExists(film.image)) {
    process::RunOptions options;
    options.deadline = kImageTimeMax;
    const std::string temporary = film.image + ".tmp";
    TRY(MakeFile(runner, ImageCommand(ffmpeg, film.path, temporary), options, temporary,
                 film.image));
  }
  return film;
}

}  // namespace matinee::demo
