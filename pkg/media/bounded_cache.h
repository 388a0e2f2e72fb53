// A cache with a maximum number of entries and an expiry time per entry.
//
// Thread safety: none; used by one thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"

namespace matinee::media {

template <typename Value>
class BoundedCache {
 public:
  explicit BoundedCache(size_t entries_max) : entries_max_(entries_max) {}

  // The value; null if it was never put, has expired or was evicted. Valid until the next Put.
  const Value* Find(const std::string& key, MonoTime now) const {
    const auto entry = entries_.find(key);
    return entry == entries_.end() || entry->second.expires <= now ? nullptr : &entry->second.value;
  }

  // Evicts the entry that expires first if the cache is full. Returns a reference to the stored
  // value, valid until the next Put.
  const Value& Put(const std::string& key, Value value, MonoTime expires) {
    if (entries_.size() >= entries_max_ && !entries_.contains(key)) EvictFirstToExpire();
    Entry& entry = entries_[key];
    entry = Entry{std::move(value), expires};
    return entry.value;
  }

 private:
  struct Entry {
    Value value;
    MonoTime expires;
  };

  void EvictFirstToExpire() {
    auto oldest = entries_.begin();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->second.expires < oldest->second.expires) oldest = entry;
    }
    if (oldest != entries_.end()) entries_.erase(oldest);
  }

  size_t entries_max_;
  std::map<std::string, Entry> entries_;
};

}  // namespace matinee::media
