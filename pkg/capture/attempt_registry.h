// Registers the attempts in progress in this process, so that they can be cancelled.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "process/process_runner.h"

namespace matinee::capture {

class AttemptRegistry {
 public:
  // Registers the capture until End. Returns null if it is registered already: a cancelled attempt
  // may not have ended yet, and a second one must not run beside it.
  std::shared_ptr<process::CancelFlag> Begin(const std::string& id);
  // Records the attempt at which this process has claimed the row.
  void Claimed(const std::string& id, int attempt);
  void End(const std::string& id);

  // Cancels the attempt, if there is one: its FFmpeg ends within 50 ms or so.
  void Cancel(const std::string& id);
  void CancelAll();
  // Returns the claimed captures with their attempts.
  [[nodiscard]] std::map<std::string, int> Attempts() const;
  [[nodiscard]] size_t count() const;

 private:
  struct Entry {
    std::shared_ptr<process::CancelFlag> flag;
    int attempt = 0;  // 0 until it is claimed.
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace matinee::capture
