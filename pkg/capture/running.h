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

class Running {
 public:
  // Registers the capture until End. Null if it is registered already: an attempt that was
  // cancelled has not ended yet, and a second one must not meet it.
  std::shared_ptr<process::CancelFlag> Begin(const std::string& id);
  void End(const std::string& id);

  // Stops the work on it, if there is any: its FFmpeg is gone within 50 ms or so.
  void Cancel(const std::string& id);
  void CancelAll();
  [[nodiscard]] bool Has(const std::string& id) const;
  [[nodiscard]] size_t count() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<process::CancelFlag>> flags_;
};

}  // namespace matinee::capture
