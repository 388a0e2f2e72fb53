// Clips that are complete and have no poster: when it is tried again.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class MissingPoster : public CaptureFixture {};

TEST_F(MissingPoster, IsMadeOnceATerm) {
  Sweep();
  const Capture clip = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no picture");
  };
  ASSERT_TRUE(WorkOnce());
  Sweep();
  EXPECT_FALSE(WorkOnce()) << "not again and again";
  renderer_.on_poster = nullptr;
  BeginTerm(2);
  Sweep();
  const auto delivery = TakeJob();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.queue, kBackgroundQueue);
  worker_->Process(*delivery);
  EXPECT_EQ(renderer_.renders(), 1) << "the clip itself is not made again";
  EXPECT_TRUE(Row(clip.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(MissingPoster, IsTriedAgainForAnHour) {
  Sweep();
  const Capture clip = SubmitNew(100);
  int tries = 0;
  renderer_.on_poster = [&tries](const auto&, const auto&) -> Status {
    ++tries;
    return Fail(Code::kInsufficientStorage, "the disk is full");
  };
  ASSERT_TRUE(WorkOnce());
  for (int minute = 0; minute < 120; ++minute) {
    clock_.Advance(std::chrono::minutes(1));
    Sweep();
    WorkOnce();
  }
  EXPECT_EQ(tries, 1 + 6);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);

  const Capture newer = SubmitNew(200);
  ASSERT_TRUE(WorkOnce());
  renderer_.on_poster = nullptr;
  clock_.Advance(std::chrono::minutes(11));
  Sweep();
  ASSERT_TRUE(WorkOnce());
  EXPECT_TRUE(Row(newer.id).has_thumbnail);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);
}

TEST_F(MissingPoster, IsMadeThoughTheQueueIsAwayAtFirst) {
  Sweep();
  const Capture clip = SubmitNew(100);
  renderer_.on_poster = [](const auto&, const auto&) -> Status {
    return Fail(Code::kMediaError, "no picture");
  };
  ASSERT_TRUE(WorkOnce());
  BeginTerm(2);
  queue_->reachable = false;
  Sweep();
  queue_->reachable = true;
  Sweep();
  EXPECT_TRUE(IsLive(clip));
}

}  // namespace
}  // namespace matinee::capture
