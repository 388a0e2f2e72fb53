// A CaptureFixture whose worker is watched at work.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {

inline Result<RenderedFiles> Cancelled() {
  return Fail(Code::kCancelled, "stopped");
}

class CaptureWorker : public CaptureFixture {
 protected:
  // Renders until it is told to stop or to go on, and says when it has begun.
  struct Take {
    std::promise<void> begun;
    std::atomic<bool> go_on{false};
  };
  RenderFunction LongTake(Take& take) {
    return [this, &take](const Capture& capture, const ProgressCallback&,
                         const process::CancelFlag& cancel) -> Result<RenderedFiles> {
      take.begun.set_value();
      while (!cancel.cancelled()) {
        if (take.go_on) return renderer_.Make(capture);
        std::this_thread::yield();  // The flag can only be looked at.
      }
      return Cancelled();
    };
  }
  static void WaitUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kTestTimeout;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::string Scraped() { return metrics_.Scrape(); }
};

}  // namespace matinee::capture
