#include "process/output_buffers.h"

#include <algorithm>

namespace matinee::process {

void LineSplitter::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      const size_t room = kLineBytesMax - pending_.size();
      pending_ += bytes.substr(0, room);
      bytes.remove_prefix(std::min(room, bytes.size()));
      if (pending_.size() == kLineBytesMax) Finish();
    } else {
      if (pending_.empty()) {
        Emit(bytes.substr(0, end));
      } else {
        pending_ += bytes.substr(0, end);
        Finish();
      }
      bytes.remove_prefix(end + 1);
    }
  }
}

void LineSplitter::Finish() {
  if (!pending_.empty()) Emit(pending_);
  pending_.clear();
}

void LineSplitter::Emit(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  on_line_(line);
}

void HeadBuffer::Add(std::string_view bytes) {
  text_ += bytes.substr(0, bytes_max_ - text_.size());
}

void TailBuffer::Add(std::string_view bytes) {
  text_ += bytes;
  // Truncated rarely, so that not every line costs a copy of the whole buffer.
  if (text_.size() > 2 * bytes_max_ + kLineBytesMax) text_.erase(0, text_.size() - bytes_max_);
}

std::string TailBuffer::Take() {
  if (text_.size() > bytes_max_) text_.erase(0, text_.size() - bytes_max_);
  return std::move(text_);
}

}  // namespace matinee::process
