#include "ffmpeg/diagnostics.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::ffmpeg {
namespace {

struct Meaning {
  std::string_view says;  // Stands in FFmpeg's stderr.
  Code code;
  std::string_view sentence;
};

// In the order of what is told first: the reason rather than what followed from it.
constexpr std::array kMeanings = {
    Meaning{"No space left on device", Code::kInsufficientStorage,
            "the disk that the captures are written to is full; free some space and try again"},
    Meaning{"Disk quota exceeded", Code::kInsufficientStorage,
            "the disk quota of the captures' folder is used up; free some space and try again"},
    Meaning{"Read-only file system", Code::kPermissionDenied,
            "the captures' folder is read-only; mount it writable"},
    Meaning{
        "Could not open file :", Code::kUnavailable,
        "the captures' folder cannot be written: it is missing, read-only, or its disk is full"},
    Meaning{"Cannot allocate memory", Code::kUnavailable,
            "there is not enough memory for this film; give Matinee more, or run fewer captures at "
            "once"},
    Meaning{
        "Error while opening encoder", Code::kMediaError,
        "FFmpeg cannot encode this picture or sound; its size or format is out of the ordinary"},
    Meaning{"Unknown encoder", Code::kInternal,
            "this FFmpeg lacks an encoder that Matinee needs (libx264, aac, mjpeg); install a full "
            "build"},
    Meaning{"No such filter", Code::kInternal,
            "this FFmpeg lacks a filter that Matinee needs; install a full build (with zimg)"},
    Meaning{"Stale file handle", Code::kUnavailable,
            "the network share with the film went away; check the mount and try again"},
    Meaning{"Transport endpoint is not connected", Code::kUnavailable,
            "the network share with the film went away; check the mount and try again"},
    Meaning{"Permission denied", Code::kPermissionDenied,
            "the film may not be read: give the user that runs Matinee permission to read it"},
    Meaning{
        "No such file or directory", Code::kNotFound,
        "the film is not there any more: check the path mapping and that its folder is mounted"},
    Meaning{
        "Format not on whitelist", Code::kMediaError,
        "this is not a film file (a playlist, a picture or a list of other files is not opened)"},
    Meaning{
        "moov atom not found", Code::kMediaError,
        "the film is incomplete: its index is missing, as in a file that is still being copied"},
    Meaning{"File ended prematurely", Code::kMediaError,
            "the film is incomplete: the file ends too early"},
    Meaning{"Decoder (codec none) not found", Code::kMediaError,
            "FFmpeg does not know the format of this film's picture or sound"},
    Meaning{"no decoder found for", Code::kMediaError,
            "FFmpeg does not know the format of this film's picture or sound"},
    Meaning{"matches no streams", Code::kMediaError,
            "the film has no such picture or sound any more; it may have been replaced"},
    Meaning{"no path between colorspaces", Code::kMediaError,
            "the colours of this film (Dolby Vision without an HDR10 base) cannot be converted"},
    Meaning{"Invalid data found when processing input", Code::kMediaError,
            "the file is damaged or no film: FFmpeg finds no picture in it"},
    Meaning{"Input/output error", Code::kUnavailable,
            "the film cannot be read: the disk or the network share reports an error"},
};

}  // namespace

Error ExplainFailure(const process::Exit& exit) {
  for (const Meaning& meaning : kMeanings) {
    if (exit.err.find(meaning.says) != std::string::npos) {
      return Error{meaning.code, std::string(meaning.sentence)};
    }
  }
  if (exit.signal == SIGKILL) {
    return Error{Code::kUnavailable,
                 "FFmpeg was killed, most likely because the memory ran out; give Matinee more, or "
                 "run fewer captures at once"};
  }
  if (exit.signal != 0) {
    return Error{Code::kMediaError,
                 fmt::format("FFmpeg crashed on this film (signal {})", exit.signal)};
  }
  return Error{Code::kMediaError,
               fmt::format("FFmpeg could not work on this film (exit code {})", exit.code)};
}

bool SaysTorn(std::string_view ffmpeg_says) {
  // libavformat: matroskadec.c and mov.c.
  return ffmpeg_says.find("File ended prematurely") != std::string_view::npos ||
         ffmpeg_says.find("partial file") != std::string_view::npos;
}

Status CheckMediaFile(const std::string& path) {
  const std::string shown = EscapeUnprintable(path);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
      return Fail(Code::kNotFound,
                  fmt::format("the film is not at {}: check the path mapping of its media server, "
                              "and that the folder is mounted here",
                              shown));
    }
    if (reason == EACCES) {
      return Fail(Code::kPermissionDenied,
                  fmt::format("a folder on the way to {} may not be entered: give the user that "
                              "runs Matinee permission",
                              shown));
    }
    return Fail(SystemError(fmt::format("the film at {} cannot be reached", shown), reason));
  }
  if (S_ISDIR(status.st_mode)) {
    return Fail(Code::kMediaError,
                fmt::format("{} is a folder (a disc's copy), not a film file", shown));
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(Code::kMediaError, fmt::format("{} is not a regular file", shown));
  }
  const std::string lower = ToLower(path);
  for (const std::string_view ending : {".iso", ".img"}) {
    if (lower.ends_with(ending)) {
      return Fail(Code::kMediaError, fmt::format("{} is a disc image; only film files can be "
                                                 "captured",
                                                 shown));
    }
  }
  if (status.st_size == 0) {
    return Fail(Code::kMediaError, fmt::format("{} is empty", shown));
  }
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    const int reason = errno;
    if (reason == EACCES || reason == EPERM) {
      return Fail(Code::kPermissionDenied,
                  fmt::format("{} may not be read: give the user that runs Matinee permission to "
                              "read it",
                              shown));
    }
    return Fail(SystemError(fmt::format("the film at {} cannot be opened", shown), reason));
  }
  return {};
}

}  // namespace matinee::ffmpeg
