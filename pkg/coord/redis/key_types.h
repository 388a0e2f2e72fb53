// Which type each key in Redis must have. A key of another type, written by hand or by another
// program, makes what it is for fail until a person deletes it. Internal to this package.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "coord/redis/keys.h"
#include "coord/redis/pipeline.h"

namespace matinee::coord::redis {

class KeyTypes {
 public:
  // Knows the keys of the queues, and of the directory behind `shared_prefix` unless it is empty.
  KeyTypes(const Keys& keys, const std::string& shared_prefix);

  // A key whose value is a string.
  void AddString(const std::string& key);

  // Names a key that has another type than it must have, in a sentence; "" if there is none. Fails
  // as `pipeline` does.
  Result<std::string> FindWrong(Pipeline& pipeline);

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> types_;  // By key.
};

}  // namespace matinee::coord::redis
