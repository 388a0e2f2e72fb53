#include "telemetry/trace_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fake_transport.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class TraceSenderTest : public testing::Test {
 protected:
  TraceSenderTest() {
    settings_.endpoint = "http://collector/v1/traces";
    settings_.headers = {{"Authorization", Secret("s3cret")}};
  }
  TraceSender Sender() { return {settings_, "application/json", transport_, &metrics_}; }

  TraceSettings settings_;
  FakeTransport transport_;
  Metrics metrics_;
};

TEST_F(TraceSenderTest, ABatchIsPostedWithItsHeaders) {
  TraceSender sender = Sender();
  EXPECT_TRUE(sender.Send("body", 3));
  const auto posts = transport_.posts();
  ASSERT_EQ(posts.size(), 1U);
  EXPECT_EQ(posts[0].url, settings_.endpoint);
  EXPECT_EQ(posts[0].content_type, "application/json");
  EXPECT_EQ(posts[0].body, "body");
  EXPECT_EQ(posts[0].headers.at(0).second, "s3cret");
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_trace_exports_total{outcome=\"success\"} 1"));
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_trace_spans_exported_total 3"));
}

TEST_F(TraceSenderTest, ABusyCollectorIsRetried) {
  transport_.AnswerWith({TraceAnswer{503, ""}});
  TraceSender sender = Sender();
  EXPECT_TRUE(sender.Send("body", 1));
  EXPECT_EQ(transport_.posts().size(), 2U);
}

TEST_F(TraceSenderTest, ARejectedBatchIsDroppedAtOnce) {
  transport_.AnswerWith({TraceAnswer{400, ""}});
  TraceSender sender = Sender();
  EXPECT_FALSE(sender.Send("body", 4));
  EXPECT_EQ(transport_.posts().size(), 1U);
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_trace_exports_total{outcome=\"failure\"} 1"));
  EXPECT_THAT(metrics_.Scrape(),
              HasSubstr("matinee_trace_spans_dropped_total{reason=\"export_failed\"} 4"));
}

TEST_F(TraceSenderTest, ThereIsNoRetryAfterTheTimeOfTheBatch) {
  settings_.export_timeout = milliseconds(200);
  transport_.AnswerWith({Fail(Code::kUnavailable, "connection refused")});
  TraceSender sender = Sender();
  EXPECT_FALSE(sender.Send("body", 1));
  EXPECT_EQ(transport_.posts().size(), 1U);
}

TEST_F(TraceSenderTest, ACollectorCannotAskForAnEndlessDelay) {
  settings_.export_timeout = milliseconds(2000);
  transport_.AnswerWith({TraceAnswer{429, "999999999999"}});
  TraceSender sender = Sender();
  EXPECT_FALSE(sender.Send("body", 1));
  EXPECT_EQ(transport_.posts().size(), 1U);
}

TEST_F(TraceSenderTest, CancelEndsAPostThatHangsAndADelay) {
  transport_.Hang();
  TraceSender sender = Sender();
  std::thread cancels([&] {
    transport_.AwaitPosts(1);
    sender.Cancel();
  });
  EXPECT_FALSE(sender.Send("body", 1));
  cancels.join();
  EXPECT_FALSE(sender.Send("body", 1));
  EXPECT_EQ(transport_.posts().size(), 1U);
}

TEST_F(TraceSenderTest, TheStartAndTheEndOfAFailureAreLoggedWithoutSecrets) {
  transport_.AnswerWith({TraceAnswer{401, ""}, TraceAnswer{401, ""}});
  TraceSender sender = Sender();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 4; ++i) sender.Send("body", 1);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, HasSubstr("spans do not reach the collector"));
  EXPECT_THAT(log, HasSubstr("status 401"));
  EXPECT_THAT(log, HasSubstr("spans reach the collector again"));
  EXPECT_THAT(log, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace matinee
