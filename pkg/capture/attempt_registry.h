// What is being worked on in this process right now, so that it can be stopped.
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
  // Registers the capture until End. Null if it is registered already: an attempt that was
  // cancelled has not ended yet, and a second one must not meet it.
  std::shared_ptr<process::CancelFlag> Begin(const std::string& id);
  // Its row is ours at this attempt.
  void Claimed(const std::string& id, int attempt);
  void End(const std::string& id);

  // Stops the work on it, if there is any: its FFmpeg is gone within 50 ms or so.
  void Cancel(const std::string& id);
  void CancelAll();
  [[nodiscard]] bool Has(const std::string& id) const;
  // The captures that are claimed, with the attempt.
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
