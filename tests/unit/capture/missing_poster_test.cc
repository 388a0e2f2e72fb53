// Retries of the missing posters of complete clips.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class MissingPosterTest : public CaptureFixture {};

TEST_F(MissingPosterTest, AMissingPosterIsEnqueuedOncePerTerm) {
  Reconcile();
  const Capture clip = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no frame");
  };
  ASSERT_TRUE(WorkOnce());
  Reconcile();
  EXPECT_FALSE(WorkOnce()) << "only once per term";
  renderer_.on_poster = nullptr;
  BeginTerm(2);
  Reconcile();
  const auto delivery = ReceiveJob();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.queue, kBackgroundQueue);
  worker_->Process(*delivery);
  EXPECT_EQ(renderer_.renders(), 1) << "the clip itself is not rendered again";
  EXPECT_TRUE(Row(clip.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(MissingPosterTest, AMissingPosterIsRetriedForAnHour) {
  Reconcile();
  const Capture clip = SubmitNew(100);
  int tries = 0;
  renderer_.on_poster = [&tries](const auto&, const auto&) -> Status {
    ++tries;
    return Fail(Code::kInsufficientStorage, "the disk is full");
  };
  ASSERT_TRUE(WorkOnce());
  for (int minute = 0; minute < 120; ++minute) {
    clock_.Advance(std::chrono::minutes(1));
    Reconcile();
    WorkOnce();
  }
  EXPECT_EQ(tries, 1 + 6);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);

  const Capture newer = SubmitNew(200);
  ASSERT_TRUE(WorkOnce());
  renderer_.on_poster = nullptr;
  clock_.Advance(std::chrono::minutes(11));
  Reconcile();
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(Row(newer.id).has_thumbnail);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);
}

TEST_F(MissingPosterTest, AMissingPosterIsEnqueuedOnceTheQueueIsReachable) {
  Reconcile();
  const Capture clip = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no frame");
  };
  ASSERT_TRUE(WorkOnce());
  BeginTerm(2);
  queue_->reachable = false;
  Reconcile();
  queue_->reachable = true;
  Reconcile();
  EXPECT_TRUE(IsLive(clip));
}

}  // namespace
}  // namespace matinee::capture
