// Remembers answers for a while: at most so many, each for a time of its own.
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

  // The value, or null if it was never put in, is too old, or had to make room. Valid until the
  // next Put.
  const Value* Find(const std::string& key, MonoTime now) const {
    const auto entry = entries_.find(key);
    return entry == entries_.end() || entry->second.expires <= now ? nullptr : &entry->second.value;
  }

  // Returns the value where it now lies.
  const Value& Put(const std::string& key, Value value, MonoTime expires) {
    if (entries_.size() >= entries_max_ && !entries_.contains(key)) DropOldest();
    Entry& entry = entries_[key];
    entry = Entry{std::move(value), expires};
    return entry.value;
  }

 private:
  struct Entry {
    Value value;
    MonoTime expires;
  };

  void DropOldest() {
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
