#include "ffmpeg/progress_parser.h"

#include "base/strings.h"
#include "ffmpeg/seek.h"

namespace matinee::ffmpeg {
namespace {

std::optional<std::string_view> After(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  return line.substr(prefix.size());
}

}  // namespace

void ProgressParser::ReadLine(std::string_view line) {
  if (After(line, "frame:")) {
    // "frame:12   pts:1234    pts_time:1.234". Not the "frame=12" of -progress.
    frame_ = std::nullopt;
    const size_t at = line.find("pts:");
    if (at == std::string_view::npos) return;
    const std::string_view rest = line.substr(at + 4);
    if (const auto pts = ParseInt(rest.substr(0, rest.find(' ')))) {
      frame_ = static_cast<double>(*pts) * time_base_;
    }
  } else if (line == "decoded=1" || line == "begin=1") {
    ReadMark(line);
  } else if (const auto tb = After(line, "#tb ")) {
    // "#tb 0: 1/1000"
    if (tb->size() < 4 || ((*tb)[0] != '0' && (*tb)[0] != '1')) return;
    const auto parts = Split(tb->substr(3), '/');
    if (parts.size() != 2) return;
    const Rational base{ParseInt(parts[0]).value_or(0), ParseInt(parts[1]).value_or(0)};
    packet_time_bases_[(*tb)[0] - '0'] = base.value();
  } else if (line.starts_with("0,") || line.starts_with("1,")) {
    ReadPacket(line);
  } else if (const auto time = After(line, "out_time_us=")) {
    if (const auto micros = ParseInt(*time)) progress_ = static_cast<double>(*micros) / 1e6;
  }
}

void ProgressParser::ReadMark(std::string_view mark) {
  if (!frame_) return;
  if (mark == "begin=1") {
    if (!begin_) begin_ = frame_;
    return;
  }
  if (!first_decoded_) first_decoded_ = frame_;
  if (!shown_ || *frame_ <= instant_seconds_ + kSameTimeSeconds) shown_ = frame_;
}

// "0,       9938,      10021,       41,      173, 0xe07c541e": stream, dts, pts, ...
void ProgressParser::ReadPacket(std::string_view line) {
  const auto fields = Split(line, ',');
  const auto stream = static_cast<size_t>(line[0] - '0');
  if (fields.size() < 3 || packets_[stream]) return;
  if (const auto pts = ParseInt(Trim(fields[2]))) {
    packets_[stream] = static_cast<double>(*pts) * packet_time_bases_[stream];
  }
}

}  // namespace matinee::ffmpeg
