// Leases inside one process: every lease of the process shares LocalLeases.
//
// Thread safety: as Lease.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "coord/lease.h"

namespace matinee::coord {

// The holder and the last term of each lease.
struct LocalLeases {
  struct Entry {
    Term term = kNoTerm;
    const void* holder = nullptr;
  };
  std::mutex mutex;
  std::map<std::string, Entry> entries;
};

// Held until Release: a lease inside one process does not expire.
class LocalLease final : public Lease {
 public:
  LocalLease(std::shared_ptr<LocalLeases> leases, std::string name)
      : leases_(std::move(leases)), name_(std::move(name)) {}
  ~LocalLease() override { Release(); }
  LocalLease(const LocalLease&) = delete;
  LocalLease& operator=(const LocalLease&) = delete;

  Result<std::optional<Term>> Acquire(Term floor) override;
  void Release() override;

 private:
  const std::shared_ptr<LocalLeases> leases_;
  const std::string name_;
};

}  // namespace matinee::coord
