// FFmpeg's output: lines on stdout while it runs, errors on stderr.
#include <cmath>
#include <string>

#include "base/strings.h"
#include "ffmpeg/diagnostics.h"
#include "ffmpeg/progress_parser.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string_view text = fuzz::View(data, size);
  ffmpeg::ProgressParser report(ffmpeg::Rational{1, 90000}, 100);
  for (const std::string_view line : Split(text, '\n')) report.ReadLine(line);
  for (const auto& seconds : {report.first_decoded_seconds(), report.shown_seconds(),
                              report.begin_seconds(), report.first_video_packet_seconds(),
                              report.first_audio_packet_seconds(), report.progress_seconds()}) {
    FUZZ_CHECK(std::isfinite(seconds.value_or(0)));
  }
  process::Exit exit;
  exit.code = 1;
  exit.err = text;
  const Error error = ffmpeg::ExplainFailure(exit);
  FUZZ_CHECK(!error.message.empty() && IsUtf8(error.message));
  return 0;
}
