// Fair share between clients: what one has queued in bulk waits behind what the others want now.
#include <string>
#include <vector>

#include "capture/queues.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

constexpr const char* kGreedy = "192.0.2.1";
constexpr const char* kOther = "192.0.2.2";

class FairShareTest : public CaptureFixture {
 protected:
  // Creates a screenshot of this client at a new time; it is enqueued.
  Capture AskAs(const std::string& client, Type type = Type::kScreenshot) {
    seconds_ += 10;
    CaptureSpec spec =
        type == Type::kClip ? ClipOf(seconds_, seconds_ + 5) : ScreenshotAt(seconds_);
    spec.client = client;
    const Capture capture = AskNew(spec);
    EXPECT_TRUE(queue_->Enqueue(JobOf(capture)));
    return capture;
  }
  std::vector<Capture> AskOften(const std::string& client, int64_t count,
                                Type type = Type::kScreenshot) {
    std::vector<Capture> captures;
    for (int64_t i = 0; i < count; ++i) captures.push_back(AskAs(client, type));
    return captures;
  }
  // The ids of the queued captures, in the order in which a slot receives them.
  std::vector<std::string> Order(const coord::QueueFilter& filter = kAllSlots) {
    std::vector<std::string> ids;
    while (const auto delivery = ReceiveJob(filter)) ids.push_back(delivery->job.subject);
    return ids;
  }
  std::string ClientOf(const Capture& capture) {
    const auto rows =
        database_->Run({"test", "SELECT client FROM captures WHERE id = $1"}, {capture.id});
    return rows ? rows->at(0).Text(0) : rows.error().message;
  }

  double seconds_ = 0;
};

TEST_F(FairShareTest, TheFifthUnfinishedCaptureOfAClientIsQueuedInBulk) {
  for (const Capture& capture : AskOften(kGreedy, kFairShare)) EXPECT_FALSE(capture.bulk);
  EXPECT_TRUE(AskAs(kGreedy).bulk);
  EXPECT_FALSE(AskAs(kOther).bulk);
}

TEST_F(FairShareTest, AnotherClientComesBeforeABacklog) {
  AskOften(kGreedy, 50);
  const Capture tap = AskAs(kOther);
  const std::vector<std::string> order = Order();
  ASSERT_EQ(order.size(), 51U);
  EXPECT_EQ(order.at(kFairShare), tap.id);
}

TEST_F(FairShareTest, AClipOfAnotherClientComesBeforeABacklogOfScreenshots) {
  AskOften(kGreedy, 50);
  const Capture clip = AskAs(kOther, Type::kClip);
  EXPECT_EQ(Order().at(kFairShare), clip.id);
}

TEST_F(FairShareTest, OneClientIsServedInItsOrder) {
  std::vector<std::string> asked;
  for (const Capture& capture : AskOften(kGreedy, 12)) asked.push_back(capture.id);
  EXPECT_EQ(Order(), asked);
}

TEST_F(FairShareTest, ScreenshotsInBulkDoNotWaitForClips) {
  AskOften(kOther, 10, Type::kClip);
  const std::vector<Capture> asked = AskOften(kGreedy, 6);
  EXPECT_EQ(Order(kReservedSlot).size(), asked.size());
}

TEST_F(FairShareTest, ScreenshotsAndClipsAreCountedApart) {
  AskOften(kGreedy, kFairShare + 1);
  EXPECT_FALSE(AskAs(kGreedy, Type::kClip).bulk);
  AskOften(kGreedy, kFairShare, Type::kClip);
  const Capture clip = AskAs(kGreedy, Type::kClip);
  EXPECT_TRUE(clip.bulk);
  EXPECT_EQ(JobOf(clip).queue, kClipBulkQueue);
}

TEST_F(FairShareTest, AClientThatIsNotKnownHasNoShare) {
  for (const Capture& capture : AskOften("", 2 * kFairShare)) EXPECT_FALSE(capture.bulk);
}

TEST_F(FairShareTest, FinishedCapturesDoNotCount) {
  AskOften(kGreedy, kFairShare);
  while (WorkOnce()) {
  }
  EXPECT_FALSE(AskAs(kGreedy).bulk);
}

TEST_F(FairShareTest, TheReconcilerEnqueuesThemWhereTheyBelong) {
  const std::vector<Capture> asked = AskOften(kGreedy, kFairShare + 1);
  Restart();  // The queue is lost.
  Reconcile();
  EXPECT_EQ(queue_->State()->at(coord::PlaceOf(kTestQueues, kScreenshotQueue)).queued, kFairShare);
  EXPECT_EQ(queue_->State()->at(coord::PlaceOf(kTestQueues, kScreenshotBulkQueue)).queued, 1);
  EXPECT_EQ(Order().back(), asked.back().id);
}

TEST_F(FairShareTest, ARetriedCaptureGetsItsPlaceAgain) {
  const std::vector<Capture> asked = AskOften(kGreedy, kFairShare + 1);
  ASSERT_TRUE(store_->Cancel(asked.front().id));
  const auto front = store_->Retry(asked.front().id);
  ASSERT_TRUE(front);
  EXPECT_TRUE(front->bulk) << "four others are unfinished";
  for (const Capture& capture : asked) ASSERT_TRUE(store_->Cancel(capture.id));
  const auto back = store_->Retry(asked.back().id);
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->bulk) << "no other is unfinished";
}

TEST_F(FairShareTest, TheAddressIsForgottenOnceTheCaptureIsComplete) {
  const Capture capture = AskAs(kGreedy);
  EXPECT_EQ(ClientOf(capture), kGreedy);
  EXPECT_TRUE(WorkOnce());
  EXPECT_EQ(Row(capture.id).phase, Phase::kComplete);
  EXPECT_EQ(ClientOf(capture), "");
}

// Otherwise the same tap of two people would wait behind the backlog of one of them.
TEST_F(FairShareTest, ACaptureInBulkIsNotTheAnswerForAnotherClient) {
  AskOften(kGreedy, kFairShare);
  CaptureSpec spec = ScreenshotAt(5000);
  spec.client = kGreedy;
  const Capture bulk = AskNew(spec);
  EXPECT_TRUE(bulk.bulk);
  EXPECT_EQ(Ask(spec).capture.id, bulk.id);
  spec.client = kOther;
  const Store::Created other = Ask(spec);
  EXPECT_TRUE(other.is_new);
  EXPECT_FALSE(other.capture.bulk);
}

}  // namespace
}  // namespace matinee::capture
