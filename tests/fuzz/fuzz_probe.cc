#include <cmath>

#include "ffmpeg/media_info.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string_view text = fuzz::View(data, size);
  for (const auto& keyframe : ffmpeg::ParseKeyframes(text)) {
    FUZZ_CHECK(std::isfinite(keyframe.shown_seconds) && std::isfinite(keyframe.decoded_seconds));
  }

  const auto info = ffmpeg::ParseProbe(text);
  if (!info) return 0;
  FUZZ_CHECK(!info->video.empty());
  FUZZ_CHECK(std::isfinite(info->start_time_seconds));
  FUZZ_CHECK(std::isfinite(info->duration_seconds) && info->duration_seconds >= 0);
  const ffmpeg::Size shown = DisplaySize(info->MainVideo());
  FUZZ_CHECK(shown.width >= 0 && shown.height >= 0);
  for (const int index : {-1, 0, 1, 100}) (void)info->ChooseAudio(index);
  (void)info->ChooseAudio(std::nullopt);
  return 0;
}
