#include "capture/memory_gate.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class MemoryGateTest : public ::testing::Test {
 protected:
  // Enters on another thread, and leaves when the test ends.
  class Visitor {
   public:
    Visitor(MemoryGate& gate, int64_t bytes, bool is_quick)
        : thread_([this, &gate, bytes, is_quick] {
            auto pass = gate.Enter(bytes, is_quick, cancel_);
            is_in_ = pass.has_value();
            code_ = pass ? Code::kInternal : pass.error().code;
            is_over_ = true;
            while (!leaves_) std::this_thread::sleep_for(milliseconds(1));
          }) {}
    ~Visitor() { Leave(); }
    void Leave() {
      cancel_.Cancel();
      leaves_ = true;
      if (thread_.joinable()) thread_.join();
    }
    void Cancel() { cancel_.Cancel(); }
    [[nodiscard]] bool is_in() const { return is_in_; }
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] Code code() const { return code_; }

   private:
    process::CancelFlag cancel_;
    std::atomic<bool> is_in_{false};
    std::atomic<bool> is_over_{false};
    std::atomic<bool> leaves_{false};
    std::atomic<Code> code_{Code::kInternal};
    std::thread thread_;
  };

  // Long enough for a thread that may enter to do so; only a failure of the gate is missed.
  static bool StaysOut(const Visitor& visitor) {
    std::this_thread::sleep_for(milliseconds(150));
    return !visitor.is_in();
  }
  static bool Eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 6000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
    return condition();
  }

  MemoryGate gate_{1000, 1100};
  process::CancelFlag cancel_;
};

TEST_F(MemoryGateTest, AdmitsWhatFitsTogether) {
  const auto first = gate_.Enter(600, false, cancel_);
  const auto second = gate_.Enter(400, true, cancel_);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST_F(MemoryGateTest, LetsALargeOneWaitUntilTheOthersHaveEnded) {
  Visitor first(gate_, 600, false);
  Visitor second(gate_, 300, true);
  ASSERT_TRUE(Eventually([&] { return first.is_in() && second.is_in(); }));
  Visitor large(gate_, 900, true);
  EXPECT_TRUE(StaysOut(large));
  first.Leave();
  EXPECT_TRUE(StaysOut(large));
  second.Leave();
  EXPECT_TRUE(Eventually([&] { return large.is_in(); }));
  Visitor next(gate_, 200, true);
  EXPECT_TRUE(StaysOut(next)) << "it runs exclusively";
}

TEST_F(MemoryGateTest, RefusesWhatNeverFits) {
  const auto pass = gate_.Enter(1101, true, cancel_);
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().code, Code::kMediaError);
  EXPECT_FALSE(InfoOf(pass.error().code).retryable);
  MemoryGate real(1'000'000'000, 1'200'000'000);
  EXPECT_THAT(real.Enter(1'660'000'000, true, cancel_).error().message,
              HasSubstr("would need 1.7 GB of memory, and Matinee may use 1.2 GB"));
}

TEST_F(MemoryGateTest, AdmitsAMostlyTooLargeOneExclusively) {
  {
    const auto small = gate_.Enter(10, true, cancel_);
    Visitor large(gate_, 1050, true);
    EXPECT_TRUE(StaysOut(large));
  }
  EXPECT_TRUE(gate_.Enter(1050, true, cancel_));
}

TEST_F(MemoryGateTest, LetsScreenshotsPassClipsThatWait) {
  Visitor running(gate_, 600, false);
  ASSERT_TRUE(Eventually([&] { return running.is_in(); }));
  Visitor clip(gate_, 600, false);
  EXPECT_TRUE(StaysOut(clip));
  Visitor small_clip(gate_, 100, false);
  EXPECT_TRUE(StaysOut(small_clip)) << "clips keep their order";
  EXPECT_TRUE(gate_.Enter(300, true, cancel_));
  running.Leave();
  EXPECT_TRUE(Eventually([&] { return clip.is_in() && small_clip.is_in(); }));
}

TEST_F(MemoryGateTest, LetsAScreenshotThatWaitsGoBeforeLaterClips) {
  Visitor running(gate_, 600, false);
  ASSERT_TRUE(Eventually([&] { return running.is_in(); }));
  Visitor screenshot(gate_, 800, true);
  EXPECT_TRUE(StaysOut(screenshot));
  Visitor clip(gate_, 300, false);
  EXPECT_TRUE(StaysOut(clip)) << "or clips could keep it out for ever";
  running.Leave();
  EXPECT_TRUE(Eventually([&] { return screenshot.is_in(); }));
}

TEST_F(MemoryGateTest, ACancelledJobWaitsNoLonger) {
  Visitor running(gate_, 600, false);
  ASSERT_TRUE(Eventually([&] { return running.is_in(); }));
  Visitor waits(gate_, 600, false);
  EXPECT_TRUE(StaysOut(waits));
  waits.Cancel();
  ASSERT_TRUE(Eventually([&] { return waits.is_over(); }));
  EXPECT_EQ(waits.code(), Code::kCancelled);
  waits.Leave();
  EXPECT_TRUE(gate_.Enter(400, false, cancel_)) << "it has left the line";
}

}  // namespace
}  // namespace matinee::capture
