// Replicated state inside one process: every store of the process shares LocalStates.
//
// Thread safety: as StateStore.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "coord/state_store.h"

namespace matinee::coord {

// The values, by key.
struct LocalStates {
  struct Entry {
    std::string value;
    Term term = kNoTerm;
    MonoTime put_at;
  };
  std::mutex mutex;
  std::map<std::string, Entry> entries;
};

class LocalStateStore final : public StateStore {
 public:
  LocalStateStore(std::shared_ptr<LocalStates> states, std::string key, const Clock& clock)
      : states_(std::move(states)), key_(std::move(key)), clock_(clock) {}

  Status Put(const std::string& value, Term term) override;
  Result<std::optional<std::string>> Get() override;

 private:
  const std::shared_ptr<LocalStates> states_;
  const std::string key_;
  const Clock& clock_;
};

}  // namespace matinee::coord
