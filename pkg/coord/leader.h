// Keeps asking to be the leader, and knows whether this process is it.
//
// Thread safety: Start and Stop from one thread; term() from any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "coord/epoch.h"
#include "coord/leader_lease.h"

namespace matinee::coord {

// Where the epochs of leaders are written down so that older ones are refused: the database.
struct EpochRecord {
  std::function<Result<Epoch>()> last;
  std::function<Status(Epoch)> begin;  // kConflict if it is no new one.
};

class Leader {
 public:
  // All outlive the leader.
  Leader(LeaderLease& lease, EpochRecord record);
  ~Leader();  // Stop().
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  // Asks once before it returns, so that a process which is alone is the leader at once.
  void Start();
  // Lets another be the leader.
  void Stop();

  // The epoch of this process, while it is surely the leader: it was when it last asked, and its
  // lease cannot have ended since.
  [[nodiscard]] std::optional<Epoch> term() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void Run();
  void Ask();
  Result<std::optional<Epoch>> Hold();

  LeaderLease& lease_;
  const EpochRecord record_;
  Epoch begun_ = kNoEpoch;  // The term that is written down. Only Ask uses it.

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::optional<Epoch> epoch_;
  TimePoint until_;
  std::thread thread_;
};

}  // namespace matinee::coord
