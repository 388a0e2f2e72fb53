#include <cmath>
#include <string>

#include "base/strings.h"
#include "base/time_format.h"
#include "fuzz.h"
#include "media/jellyfin_sessions.h"
#include "media/media_server_client.h"

namespace {

using namespace matinee;

const WallTime kNow = FromMicros(1'771'416'000'000'000);

void CheckRow(const media::JellyfinSession& row) {
  FUZZ_CHECK(IsUtf8(row.title));
  FUZZ_CHECK(IsUtf8(row.subtitle.value_or("")) && IsUtf8(row.user.value_or("")));
  FUZZ_CHECK(std::isfinite(row.position_seconds.value_or(0)));
  (void)NeedsPlaybackInfo(row);
  (void)WhyNotCapturable(row.file);
  (void)AudioStreamIndex(row, row.file);
  const media::JellyfinPosition position = PositionOf(row, kNow);
  FUZZ_CHECK(std::isfinite(position.seconds) && position.seconds >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json = fuzz::View(data, size);
  const auto files = media::ParsePlaybackInfo(media::MediaServerType::kEmby, json);
  if (const auto rows = media::ParseJellyfinSessions(media::MediaServerType::kJellyfin, json)) {
    for (const auto& row : *rows) {
      CheckRow(row);
      if (files) (void)ChooseFile(row, *files);
    }
  }
  if (files) {
    for (const auto& file : *files) (void)WhyNotCapturable(file);
  }
  (void)media::ParseVirtualFolders(media::MediaServerType::kJellyfin, json);
  (void)media::ParseSystemInfo(media::MediaServerType::kJellyfin, json);
  (void)media::ParseHttpDate(json);
  return 0;
}
