#include <cmath>
#include <string>

#include "base/strings.h"
#include "fuzz.h"
#include "media/plex_sessions.h"

namespace {

using namespace matinee;

void CheckRow(const media::PlexSession& row) {
  FUZZ_CHECK(IsUtf8(row.title));
  FUZZ_CHECK(IsUtf8(row.subtitle.value_or("")) && IsUtf8(row.user.value_or("")));
  FUZZ_CHECK(std::isfinite(row.view_offset_seconds.value_or(0)));
  FUZZ_CHECK(std::isfinite(row.duration_seconds.value_or(0)));
  FUZZ_CHECK(row.duration_seconds.value_or(0) >= 0);
  (void)NeedsMetadata(row);
  const auto file = ChooseFile(row, row.media);
  FUZZ_CHECK(!file || std::isfinite(file->part_start_seconds + file->offset_shift_seconds));
  FUZZ_CHECK(file || !file.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view xml = fuzz::View(data, size);
  const auto item = media::ParsePlexMetadata(xml);
  if (auto rows = media::ParsePlexSessions(xml)) {
    for (const auto& row : *rows) {
      CheckRow(row);
      if (item) (void)ChooseFile(row, *item);
    }
    const size_t before = rows->size();
    FUZZ_CHECK(media::WithoutDuplicates(*std::move(rows)).size() <= before);
  }
  (void)media::ParsePlexLibraries(xml);
  (void)media::ParsePlexVersion(xml);
  return 0;
}
