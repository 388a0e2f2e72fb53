#include "media/interval_estimate.h"

#include <algorithm>

namespace matinee::media {

void IntervalEstimate::Add(Interval interval) {
  // The negation also rejects NaN.
  if (!(interval.low <= interval.high)) return;
  newest_first_.push_front(interval);
  if (newest_first_.size() > keep_max_) newest_first_.pop_back();
}

std::optional<Interval> IntervalEstimate::Get() const {
  if (newest_first_.empty()) return std::nullopt;
  Interval common = newest_first_.front();
  for (const Interval& older : newest_first_) {
    const Interval both{std::max(common.low, older.low), std::min(common.high, older.high)};
    if (both.low > both.high) break;
    common = both;
  }
  return common;
}

}  // namespace matinee::media
