#include "ffmpeg/diagnostics.h"

#include <fmt/format.h>

#include <array>
#include <csignal>

namespace matinee::ffmpeg {
namespace {

struct Meaning {
  std::string_view text;  // In FFmpeg's stderr.
  Code code;
  std::string_view sentence;
};

// The first match counts: causes come before their consequences.
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
            "there is not enough memory for this media file; give Matinee more, or run fewer "
            "captures at "
            "once"},
    Meaning{"Error while opening encoder", Code::kMediaError,
            "FFmpeg cannot encode this video or audio; its size or format is unusual"},
    Meaning{"Unknown encoder", Code::kInternal,
            "this FFmpeg lacks an encoder that Matinee needs (libx264, aac, mjpeg); install a full "
            "build"},
    Meaning{"No such filter", Code::kInternal,
            "this FFmpeg lacks a filter that Matinee needs; install a full build (with zimg)"},
    Meaning{
        "Stale file handle", Code::kUnavailable,
        "the network share with the media file is not available; check the mount and try again"},
    Meaning{
        "Transport endpoint is not connected", Code::kUnavailable,
        "the network share with the media file is not available; check the mount and try again"},
    Meaning{
        "Permission denied", Code::kPermissionDenied,
        "the media file is not readable: give the user that runs Matinee permission to read it"},
    Meaning{
        "No such file or directory", Code::kNotFound,
        "the media file no longer exists: check the path mapping and that its folder is mounted"},
    Meaning{"Format not on whitelist", Code::kMediaError,
            "this is not a media file (playlists, images and lists of other files are not opened)"},
    Meaning{"moov atom not found", Code::kMediaError,
            "the media file is incomplete: its index is missing, as in a file that is still being "
            "copied"},
    Meaning{"File ended prematurely", Code::kMediaError,
            "the media file is incomplete: it ends too early"},
    Meaning{"Decoder (codec none) not found", Code::kMediaError,
            "FFmpeg does not support the format of this media file's video or audio"},
    Meaning{"no decoder found for", Code::kMediaError,
            "FFmpeg does not support the format of this media file's video or audio"},
    Meaning{"matches no streams", Code::kMediaError,
            "the media file no longer has this video or audio stream; it may have been replaced"},
    Meaning{
        "no path between colorspaces", Code::kMediaError,
        "the colours of this media file (Dolby Vision without an HDR10 base) cannot be converted"},
    Meaning{"Invalid data found when processing input", Code::kMediaError,
            "the file is damaged or not a media file: FFmpeg finds no video in it"},
    Meaning{"Input/output error", Code::kUnavailable,
            "the media file cannot be read: the disk or the network share reports an error"},
};

}  // namespace

Error ExplainFailure(const process::Exit& exit) {
  for (const Meaning& meaning : kMeanings) {
    if (exit.err.find(meaning.text) != std::string::npos) {
      return Error{meaning.code, std::string(meaning.sentence)};
    }
  }
  if (exit.signal == SIGKILL) {
    return Error{Code::kUnavailable,
                 "FFmpeg was killed, most likely because the memory ran out; give Matinee more, or "
                 "run fewer captures at once"};
  }
  if (exit.signal == SIGXFSZ) {
    return Error{Code::kMediaError,
                 "FFmpeg was stopped: it wrote far more than this capture should take"};
  }
  if (exit.signal != 0) {
    return Error{Code::kMediaError,
                 fmt::format("FFmpeg crashed on this media file (signal {})", exit.signal)};
  }
  return Error{Code::kMediaError,
               fmt::format("FFmpeg could not process this media file (exit code {})", exit.code)};
}

bool ReportsTruncation(std::string_view stderr_text) {
  // libavformat: matroskadec.c and mov.c.
  return stderr_text.find("File ended prematurely") != std::string_view::npos ||
         stderr_text.find("partial file") != std::string_view::npos;
}

}  // namespace matinee::ffmpeg
