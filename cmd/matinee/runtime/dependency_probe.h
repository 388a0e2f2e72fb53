// Asks now and then whether something can be reached, so that whoever wants to know is answered at
// once, also while the question hangs.
//
// Thread safety: problem() from any thread; the rest from one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace matinee {

// How often. Kubernetes asks every 10 s by default.
constexpr std::chrono::milliseconds kHealthInterval{1000};
// A question that takes longer has failed.
constexpr std::chrono::milliseconds kHealthAnswer{2000};

class DependencyProbe {
 public:
  // `probe` gives the reason why it cannot be reached, or ""; asked on a thread of the watch.
  // `name` says in a sentence who does not answer.
  DependencyProbe(std::string name, std::function<std::string()> probe);
  ~DependencyProbe();  // Waits for a question that is under way.
  DependencyProbe(const DependencyProbe&) = delete;
  DependencyProbe& operator=(const DependencyProbe&) = delete;

  // The reason, or "".
  [[nodiscard]] std::string problem() const;

 private:
  void Run();

  const std::string name_;
  const std::function<std::string()> probe_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool asking_ = true;
  std::chrono::steady_clock::time_point asked_at_ = std::chrono::steady_clock::now();
  std::string problem_ = "starting";
  std::thread thread_;
};

}  // namespace matinee
