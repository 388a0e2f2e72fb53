// A constant that shows itself only through intervals which it must lie in, such as the moment at
// which a film began, or how far a server's clock is from ours.
//
// Each new interval is intersected with the ones before it, newest first, until one contradicts:
// then the constant has changed (somebody sought), and what is older than that no longer counts.
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
  // Remembers the last `keep_max` intervals, so that a slow drift does not become a contradiction.
  explicit IntervalEstimate(size_t keep_max) : keep_max_(keep_max) {}

  // An interval whose ends are the wrong way round is ignored.
  void Add(Interval interval);
  void Clear() { newest_first_.clear(); }

  // Where it must lie; nothing before the first Add.
  [[nodiscard]] std::optional<Interval> Get() const;

 private:
  size_t keep_max_;
  std::deque<Interval> newest_first_;
};

}  // namespace matinee::media
