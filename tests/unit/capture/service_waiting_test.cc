// AwaitTerminal answers once: when the capture is terminal, at the limit, or at shutdown.
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture/service.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class AwaitTerminalTest : public CaptureFixture {
 protected:
  ~AwaitTerminalTest() override { ReleaseTimers(); }

  // Holds all timers, so that only events answer.
  void HoldTimers() {
    std::promise<void> held;
    timers_.After(milliseconds(0), [&held, go_on = go_on_.get_future().share()] {
      held.set_value();
      go_on.wait();
    });
    held.get_future().wait();
    holding_ = true;
  }
  void ReleaseTimers() {
    if (std::exchange(holding_, false)) go_on_.set_value();
  }
  void FinishRow(const std::string& id) {
    const Capture claimed = Claim(id);
    EXPECT_TRUE(*store_->jobs().Complete(id, claimed.attempt, ValuesOf(MadeBy(claimed))));
  }
  void Finish(const std::string& id) {
    FinishRow(id);
    PublishCaptureChanged(events_, id);
  }

 private:
  std::promise<void> go_on_;
  bool holding_ = false;
};

TEST_F(AwaitTerminalTest, AWaiterIsAnsweredWhenTheCaptureCompletes) {
  HoldTimers();
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  EXPECT_FALSE(answer.called());
  Finish(capture.id);
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
}

TEST_F(AwaitTerminalTest, ATerminalCaptureIsAnsweredAtOnce) {
  const Capture capture = SubmitTap();
  FinishRow(capture.id);
  CallbackRecorder answer = WaitFor(capture.id);
  EXPECT_TRUE(answer.called());
  EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
}

TEST_F(AwaitTerminalTest, AClaimAnswersNoWaiter) {
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  Claim(capture.id);
  PublishCaptureChanged(events_, capture.id);
  executor_->Stop();  // All tasks have run.
  EXPECT_FALSE(answer.called());
}

TEST_F(AwaitTerminalTest, AResyncReadsTheRowAgain) {
  HoldTimers();
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  FinishRow(capture.id);
  events_.Publish({"sessions", {}});
  PublishCaptureChanged(events_, "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47");
  EXPECT_FALSE(answer.called());
  events_.Publish({coord::kResyncTopic, {}});
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
}

// The capture ends in another process, and the event gets lost.
TEST_F(AwaitTerminalTest, RowsWithWaitersArePolled) {
  const Capture capture = SubmitTap();
  CallbackRecorder first = WaitFor(capture.id, hours(1));
  CallbackRecorder second = WaitFor(capture.id, hours(1));
  FinishRow(capture.id);
  EXPECT_EQ(first.Get()->phase, Phase::kComplete);
  EXPECT_EQ(second.Get()->phase, Phase::kComplete);
  // Without waiters it stops polling, and starts again for the next one.
  const Capture other = SubmitNew(100);
  CallbackRecorder later = WaitFor(other.id, hours(1));
  FinishRow(other.id);
  EXPECT_EQ(later.Get()->phase, Phase::kComplete);
}

TEST_F(AwaitTerminalTest, PollingContinuesWhileTheDatabaseDoesNotAnswer) {
  const Capture capture = SubmitTap();
  database_->FailOn("capture_get", 1, 3);  // At once, after a second, and after another one.
  CallbackRecorder answer = WaitFor(capture.id, hours(1));
  FinishRow(capture.id);
  EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
}

TEST_F(AwaitTerminalTest, AWaiterIsAnsweredAtTheLimit) {
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id, milliseconds(20));
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kQueued);
  Finish(capture.id);
  EXPECT_EQ(answer.calls(), 1);
}

TEST_F(AwaitTerminalTest, ADeletedCaptureIsAnsweredWithNotFound) {
  HoldTimers();
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  ASSERT_TRUE(service_->Delete(capture.id));
  EXPECT_EQ(answer.Refusal(), Code::kNotFound);
}

TEST_F(AwaitTerminalTest, AnUnknownCaptureIsAnsweredWithNotFound) {
  EXPECT_EQ(WaitFor("no such id").Refusal(), Code::kNotFound);
}

TEST_F(AwaitTerminalTest, ACancelledCaptureIsAnswered) {
  HoldTimers();
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  ASSERT_TRUE(service_->Cancel(capture.id));
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kCancelled);
}

TEST_F(AwaitTerminalTest, AWaiterIsAnsweredAtShutdown) {
  const Capture capture = SubmitTap();
  CallbackRecorder answer = WaitFor(capture.id);
  CloseService();
  EXPECT_TRUE(answer.called());
  EXPECT_EQ(answer.Refusal(), Code::kUnavailable);
}

TEST_F(AwaitTerminalTest, AWaiterStaysWhileTheDatabaseDoesNotAnswer) {
  const Capture capture = SubmitTap();
  database_->FailOn("capture_get");
  CallbackRecorder answer = WaitFor(capture.id);
  EXPECT_FALSE(answer.called());
  Finish(capture.id);
  ASSERT_TRUE(answer.Get());
  EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
}

TEST_F(AwaitTerminalTest, EachOfManyWaitersIsAnsweredOnce) {
  std::vector<Capture> captures;
  std::vector<CallbackRecorder> answers;
  for (int i = 0; i < 40; ++i) {
    captures.push_back(SubmitNew(i * 20));
    answers.push_back(WaitFor(captures.back().id));
    answers.push_back(WaitFor(captures.front().id));
  }
  std::vector<std::thread> workers;
  std::atomic<size_t> next{0};
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (size_t mine = next++; mine < captures.size(); mine = next++) Finish(captures[mine].id);
    });
  }
  for (auto& worker : workers) worker.join();
  for (CallbackRecorder& answer : answers) {
    ASSERT_TRUE(answer.Get());
    EXPECT_EQ(answer.Get()->phase, Phase::kComplete);
  }
  executor_->Stop();
  for (const CallbackRecorder& answer : answers) EXPECT_EQ(answer.calls(), 1);
}

TEST_F(AwaitTerminalTest, AWaiterIsAnsweredOnceWhenTheEndAndTheLimitCoincide) {
  std::vector<CallbackRecorder> answers;
  for (int i = 0; i < 20; ++i) {
    const Capture capture = SubmitNew(i * 20);
    answers.push_back(WaitFor(capture.id, milliseconds(i % 5)));
    Finish(capture.id);
  }
  for (CallbackRecorder& answer : answers) EXPECT_TRUE(answer.Get());
  CloseService();
  for (const CallbackRecorder& answer : answers) EXPECT_EQ(answer.calls(), 1);
}

}  // namespace
}  // namespace matinee::capture
