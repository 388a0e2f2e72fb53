// Retries of the missing posters of complete clips.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class MissingPosterTest : public CaptureFixture {
 protected:
  void FailPosters(Code code) {
    renderer_.on_poster = [this, code](const auto&, const auto&) -> Status {
      ++failed_;
      return Fail(code, "no frame");
    };
  }
  // A complete clip whose poster could not be rendered.
  Capture ClipWithoutPoster() {
    FailPosters(Code::kMediaError);
    const Capture clip = SubmitNew(100);
    EXPECT_TRUE(WorkOnce());
    EXPECT_TRUE(WorkOnce());
    return clip;
  }

  int failed_ = 0;
};

TEST_F(MissingPosterTest, AFailedPosterIsRetriedOncePerTerm) {
  Reconcile();
  const Capture clip = ClipWithoutPoster();
  Reconcile();
  EXPECT_FALSE(WorkOnce()) << "only once per term";
  renderer_.on_poster = nullptr;
  BeginTerm(2);
  Reconcile();
  Reconcile();
  const auto delivery = ReceiveJob();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->job.queue, kBackgroundQueue);
  worker_->Process(*delivery);
  EXPECT_EQ(renderer_.renders(), 1) << "the clip itself is not rendered again";
  EXPECT_TRUE(Row(clip.id).has_thumbnail);
  EXPECT_EQ(Files(), FilesOf(clip));
}

TEST_F(MissingPosterTest, AFullDiskIsRetriedLikeThatOfACapture) {
  Reconcile();
  FailPosters(Code::kInsufficientStorage);
  const Capture clip = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  for (int minute = 0; minute < 60; ++minute) {
    clock_.Advance(std::chrono::minutes(1));
    Reconcile();
    WorkOnce();
  }
  EXPECT_EQ(failed_, jobs::kTriesMax);
  EXPECT_FALSE(Row(clip.id).has_thumbnail);
  ASSERT_EQ(DeadLetters().size(), 1U);
  EXPECT_EQ(DeadLetters()[0].job.kind, kPosterKind);
}

// The worker crashed between the clip's completion and the job of its poster.
TEST_F(MissingPosterTest, AClipWithoutAJobForItsPosterGetsOne) {
  const Capture clip = AskNew(ClipOf(100, 110));
  const Capture claimed = Claim(clip.id);
  ASSERT_TRUE(*store_->jobs().Complete(clip.id, 1, ValuesOf(MadeBy(claimed))));
  Reconcile();
  Reconcile();
  EXPECT_TRUE(IsPosterLive(clip));
}

TEST_F(MissingPosterTest, APosterIsEnqueuedOnceTheQueueIsReachable) {
  Reconcile();
  const Capture clip = SubmitNew(100);
  const auto delivery = ReceiveJob();
  queue_->reachable = false;
  worker_->Process(*delivery);
  EXPECT_EQ(Row(clip.id).phase, Phase::kComplete);
  queue_->reachable = true;
  EXPECT_FALSE(IsPosterLive(clip));
  Reconcile();
  EXPECT_TRUE(IsPosterLive(clip));
}

TEST_F(MissingPosterTest, ADeletedClipLeavesNoJob) {
  const Capture clip = ClipWithoutPoster();
  ASSERT_TRUE(service_->Delete(clip.id));
  Reconcile();
  EXPECT_FALSE(Exists(clip.id));
  const auto row = kinds_->poster.table().Find(clip.id);
  ASSERT_TRUE(row);
  EXPECT_FALSE(*row);
  EXPECT_TRUE(Files().empty());
}

}  // namespace
}  // namespace matinee::capture
