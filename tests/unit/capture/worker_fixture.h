// A CaptureFixture with helpers for a running worker.
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

class WorkerTest : public CaptureFixture {
 protected:
  // Blocks a render until it is released or cancelled, and signals its start.
  struct Block {
    std::promise<void> begun;
    std::atomic<bool> go_on{false};
  };
  RenderFunction BlockingRender(Block& block) {
    return [this, &block](const Capture& capture, const ProgressCallback&,
                          const process::CancelFlag& cancel) -> Result<RenderedFiles> {
      block.begun.set_value();
      while (!cancel.cancelled()) {
        if (block.go_on) return renderer_.Make(capture);
        std::this_thread::yield();  // The flag can only be polled.
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
