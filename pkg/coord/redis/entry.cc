#include "coord/redis/entry.h"

#include <algorithm>

#include "base/strings.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::microseconds;

// The first field of this name.
std::optional<std::string_view> Find(const Reply& fields, std::string_view name) {
  for (size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  }
  return std::nullopt;
}

bool IsTraceparent(std::string_view text) {
  return text.size() <= kTraceparentBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// The first half of an entry's id is when it was added, in milliseconds.
microseconds AddedAt(std::string_view id) {
  const auto time = ParseInt(id.substr(0, id.find('-')));
  constexpr int64_t kLatest = int64_t{1} << 50;  // Ids can be made by hand, up to 2^64.
  return std::chrono::milliseconds(std::clamp<int64_t>(time.value_or(0), 0, kLatest));
}

}  // namespace

bool IsCaptureId(std::string_view text) {
  return !text.empty() && text.size() <= kCaptureIdBytesMax && EscapeUnprintable(text) == text;
}

Entry ReadEntry(Lane lane, const Reply& id, const Reply& fields) {
  Entry entry{.lane = lane, .id = id.text, .job = std::nullopt, .enqueued_at = AddedAt(id.text)};
  const auto capture = Find(fields, "capture");
  if (capture && IsCaptureId(*capture)) {
    entry.job = Job{.lane = lane, .capture_id = std::string(*capture), .traceparent = {}};
    const auto traceparent = Find(fields, "traceparent").value_or("");
    if (IsTraceparent(traceparent)) entry.job->traceparent = traceparent;
  }
  if (const auto at = ParseInt(Find(fields, "at").value_or("")); at && *at > 0) {
    entry.enqueued_at = microseconds(*at);
  }
  return entry;
}

}  // namespace matinee::coord::redis
