// Caches the files of a media server's items, so that a poll does not request them again.
//
// Thread safety: none; used by one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "media/bounded_cache.h"

namespace matinee::media {

template <typename Item>
class ItemCache {
 public:
  // Returns the cached item of `key`, or calls `fetch` and caches its result, failures for a
  // shorter time. An item that the server does not have (kNotFound) is a kMediaError. Valid until
  // the next Get.
  template <typename Fetch>
  const Result<Item>& Get(const std::string& key, const Clock& clock, Fetch fetch) {
    if (const auto* cached = items_.Find(key, clock.Mono())) return *cached;
    Result<Item> item = fetch();
    if (!item && item.error().code == Code::kNotFound) {
      item = Fail(Code::kMediaError, "The media server has no file for this item.");
    }
    const auto lifetime = item ? kItemLifetime : kFailureLifetime;
    return items_.Put(key, std::move(item), clock.Mono() + lifetime);
  }

 private:
  // A home plays a handful of items at once.
  static constexpr size_t kItemsMax = 64;
  static constexpr std::chrono::seconds kItemLifetime{15 * 60};
  static constexpr std::chrono::seconds kFailureLifetime{5};

  BoundedCache<Result<Item>> items_{kItemsMax};
};

}  // namespace matinee::media
