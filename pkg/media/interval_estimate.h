// Estimates a constant from intervals that contain it, such as the wall-clock time at which
// playback began or the offset of a server's clock.
//
// The intervals are intersected, newest first, until one does not overlap: then the constant has
// changed (the viewer sought), and older intervals no longer count.
//
// Thread safety: none; used by one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

namespace matinee::media {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] double Middle() const { return low + (high - low) / 2; }
};

class IntervalEstimate {
 public:
  // Keeps the last `keep_max` intervals, so that a slow drift does not become a contradiction.
  explicit IntervalEstimate(size_t keep_max) : keep_max_(keep_max) {}

  // Ignores an interval with low > high or NaN.
  void Add(Interval interval);
  void Clear() { newest_first_.clear(); }

  // The intersection; empty before the first Add.
  [[nodiscard]] std::optional<Interval> Get() const;

 private:
  size_t keep_max_;
  std::deque<Interval> newest_first_;
};

}  // namespace matinee::media
