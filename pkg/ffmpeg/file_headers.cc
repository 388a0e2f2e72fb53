#include "ffmpeg/file_headers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/files.h"

namespace matinee::ffmpeg {
namespace {

// FFmpeg writes four or five segments before the frame header, and moov right after ftyp. More
// means that FFmpeg did not write the file.
constexpr int kSegmentsMax = 64;
constexpr int kBoxesMax = 16;

class Bytes {
 public:
  explicit Bytes(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  // A big-endian number of `count` bytes at `offset`, or -1 after the end of the file.
  [[nodiscard]] int64_t Number(int64_t offset, size_t count) const {
    std::array<unsigned char, 8> bytes{};
    if (pread(file_.get(), bytes.data(), count, offset) != static_cast<ssize_t>(count)) return -1;
    uint64_t value = 0;
    for (const auto byte : std::span(bytes).first(count)) value = value << 8 | byte;
    return value > INT64_MAX ? -1 : static_cast<int64_t>(value);
  }

  [[nodiscard]] bool TypeIs(int64_t offset, std::string_view type) const {
    std::array<char, 4> bytes{};
    return pread(file_.get(), bytes.data(), 4, offset) == 4 &&
           std::string_view(bytes.data(), 4) == type;
  }

 private:
  UniqueFd file_;
};

struct Box {
  int64_t content = 0;  // Offset of the content after the header.
  int64_t next = 0;
};

// The first box of this type at or after `offset`.
Result<Box> FindBox(const Bytes& bytes, int64_t offset, std::string_view type) {
  for (int i = 0; i < kBoxesMax; ++i) {
    int64_t size = bytes.Number(offset, 4);
    int64_t header = 8;
    if (size == 1) {
      size = bytes.Number(offset + 8, 8);
      header = 16;
    }
    if (size < header) break;
    if (bytes.TypeIs(offset + 4, type)) return Box{offset + header, offset + size};
    offset += size;
  }
  return Fail(Code::kMediaError, "the clip that FFmpeg wrote is unreadable");
}

}  // namespace

Result<int64_t> OutputBytes(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return Fail(Code::kInternal, "the file that FFmpeg wrote has vanished");
  }
  if (status.st_size == 0) {
    return Fail(Code::kMediaError, "FFmpeg found no frame at this position");
  }
  return status.st_size;
}

Result<Size> JpegSize(const std::string& path) {
  const Bytes bytes(path);
  int64_t offset = 2;  // After the start-of-image marker.
  for (int i = 0; i < kSegmentsMax; ++i) {
    const int64_t marker = bytes.Number(offset, 2);
    const int64_t length = bytes.Number(offset + 2, 2);
    if (marker < 0xFF00 || length < 2) break;
    if (marker >= 0xFFC0 && marker <= 0xFFC2) {
      return Size{static_cast<int>(bytes.Number(offset + 7, 2)),
                  static_cast<int>(bytes.Number(offset + 5, 2))};
    }
    offset += 2 + length;
  }
  return Fail(Code::kMediaError, "the image that FFmpeg wrote is unreadable");
}

Result<double> Mp4Seconds(const std::string& path) {
  const Bytes bytes(path);
  TRY_ASSIGN(const Box moov, FindBox(bytes, 0, "moov"));
  TRY_ASSIGN(const Box mvhd, FindBox(bytes, moov.content, "mvhd"));
  const bool wide = bytes.Number(mvhd.content, 1) == 1;  // Version 1: 64-bit times.
  const int64_t timescale = bytes.Number(mvhd.content + (wide ? 20 : 12), 4);
  const int64_t duration = bytes.Number(mvhd.content + (wide ? 24 : 16), wide ? 8 : 4);
  if (timescale <= 0 || duration < 0) {
    return Fail(Code::kMediaError, "the clip that FFmpeg wrote is unreadable");
  }
  return static_cast<double>(duration) / static_cast<double>(timescale);
}

}  // namespace matinee::ffmpeg
