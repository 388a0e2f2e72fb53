// Registers the attempts in progress in this process, so that they can be cancelled.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "process/process_runner.h"

namespace matinee::jobs {

class AttemptRegistry {
 public:
  struct Entry {
    std::string kind;
    std::string id;
    int attempt = 0;  // 0 until the row is claimed.
  };

  // Registers the job until End. Returns null if it is registered already: a cancelled attempt may
  // not have ended yet, and a second one must not run beside it.
  std::shared_ptr<process::CancelFlag> Begin(const std::string& kind, const std::string& id);
  // Records the attempt at which this process has claimed the row.
  void Claimed(const std::string& kind, const std::string& id, int attempt);
  void End(const std::string& kind, const std::string& id);

  // Cancels this attempt, if it has not ended: its FFmpeg ends within 50 ms or so. A later attempt
  // at the same row is left alone.
  void Cancel(const std::string& kind, const std::string& id, int attempt);
  void CancelAll();
  // Returns the attempts whose row is claimed.
  [[nodiscard]] std::vector<Entry> Attempts() const;
  [[nodiscard]] size_t count() const;

 private:
  struct Running {
    Entry entry;
    std::shared_ptr<process::CancelFlag> flag;
  };
  using Key = std::pair<std::string, std::string>;  // Kind and id.
  mutable std::mutex mutex_;
  std::map<Key, Running> running_;
};

}  // namespace matinee::jobs
