// Jobs of kinds that this worker does not know, as during a rolling update.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "capture/queues.h"
#include "telemetry/log.h"
#include "tests/unit/capture/worker_fixture.h"

namespace matinee::capture {
namespace {

class UnknownKindTest : public CaptureFixture {
 protected:
  coord::Delivery ReceiveNewer() {
    EXPECT_TRUE(queue_->Enqueue({.queue = kClipQueue, .kind = "newer", .subject = "a"}));
    return queue_->Receive(kAllSlots, {}).value();
  }
  bool IsNewerLive() { return queue_->Live({"newer:a"}).value().contains("newer:a"); }
};

TEST_F(UnknownKindTest, AJobIsLeftToOtherWorkersWithOneLogLine) {
  worker_options_.unknown_kind_pause = std::chrono::milliseconds(0);
  Restart();
  ConfigureLog(Severity::kWarn, LogFormat::kText);
  testing::internal::CaptureStderr();
  worker_->Process(ReceiveNewer());
  EXPECT_TRUE(IsNewerLive());
  worker_->Process(queue_->Receive(kAllSlots, {}).value());
  EXPECT_TRUE(IsNewerLive());
  const std::string log = testing::internal::GetCapturedStderr();
  const std::string line = "jobs of an unknown kind are left to other workers";
  ASSERT_NE(log.find(line), std::string::npos) << log;
  EXPECT_EQ(log.find(line), log.rfind(line));
}

TEST_F(UnknownKindTest, AnOldJobBecomesADeadLetter) {
  coord::Delivery delivery = ReceiveNewer();
  delivery.waited = std::chrono::hours(2);
  worker_->Process(delivery);
  EXPECT_FALSE(IsNewerLive());
  const auto dead_letters = queue_->DeadLetters(10).value();
  ASSERT_EQ(dead_letters.size(), 1U);
  EXPECT_EQ(dead_letters[0].job.kind, "newer");
  EXPECT_EQ(dead_letters[0].reason, "no worker knows the kind of the job");
}

}  // namespace
}  // namespace matinee::capture
