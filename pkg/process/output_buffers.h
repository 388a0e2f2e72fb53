// Bounded buffers for the output of a child: whole lines, the first bytes, the last bytes.
//
// Thread safety: plain values.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace matinee::process {

// A longer line is split: FFmpeg's and nginx's lines are a few hundred bytes.
constexpr size_t kLineBytesMax = 16 * 1024;

// Splits a stream into lines, without their line ends ("\n" or "\r\n").
class LineSplitter {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  explicit LineSplitter(OnLine on_line) : on_line_(std::move(on_line)) {}
  void Add(std::string_view bytes);
  void Finish();  // Emits a last line without a line end.

 private:
  void Emit(std::string_view line);

  OnLine on_line_;
  std::string pending_;
};

// Keeps the first bytes of a stream.
class HeadBuffer {
 public:
  explicit HeadBuffer(size_t bytes_max) : bytes_max_(bytes_max) {}
  void Add(std::string_view bytes);
  [[nodiscard]] std::string Take() { return std::move(text_); }

 private:
  size_t bytes_max_;
  std::string text_;
};

// Keeps the last bytes of a stream.
class TailBuffer {
 public:
  explicit TailBuffer(size_t bytes_max) : bytes_max_(bytes_max) {}
  void Add(std::string_view bytes);
  [[nodiscard]] std::string Take();

 private:
  size_t bytes_max_;
  std::string text_;
};

}  // namespace matinee::process
