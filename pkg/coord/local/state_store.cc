#include "coord/local/state_store.h"

namespace matinee::coord {

Status LocalStateStore::Put(const std::string& value, Term term) {
  const std::lock_guard lock(states_->mutex);
  LocalStates::Entry& entry = states_->entries[key_];
  if (term < entry.term) return Fail(Code::kConflict, "another process is the leader");
  entry = {.value = value, .term = term, .put_at = clock_.Mono()};
  return {};
}

Result<std::optional<std::string>> LocalStateStore::Get() {
  const std::lock_guard lock(states_->mutex);
  const auto entry = states_->entries.find(key_);
  if (entry == states_->entries.end() || clock_.Mono() - entry->second.put_at > kStateLifetime) {
    return std::nullopt;
  }
  return entry->second.value;
}

}  // namespace matinee::coord
