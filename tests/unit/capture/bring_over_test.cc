// From the database of a single machine to that of a cluster.
#include "capture/bring_over.h"

#include <memory>
#include <string>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class BroughtCaptures : public StoreTest {
 protected:
  BroughtCaptures() {
    auto opened = source_test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    source_ = *std::move(opened);
    if (!sql::Migrate(*source_, Migrations())) std::abort();
  }

  Capture AskThere(const CaptureSpec& spec) {
    const auto created = Store(*source_, clock_).Create(spec);
    EXPECT_TRUE(created && created->is_new);
    return created ? created->capture : Capture();
  }
  BroughtOver Bring() {
    const auto brought = BringOver(*source_, *database_, [](int64_t) {});
    EXPECT_TRUE(brought) << (brought ? "" : brought.error().message);
    return brought.value_or(BroughtOver());
  }

  std::unique_ptr<sql::TestDatabase> source_test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::Database> source_;
};

TEST_F(BroughtCaptures, AreThereOnceHoweverOften) {
  const Capture capture = AskThere(ScreenshotAt(100));
  EXPECT_EQ(Bring().added, 1);
  const BroughtOver again = Bring();
  EXPECT_EQ(again.found, 1);
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(Row(capture.id).spec.start_seconds, 100);
}

TEST_F(BroughtCaptures, AreQueuedIfTheyWereBeingMade) {
  const Capture capture = AskThere(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).Claim(capture.id));
  Bring();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

TEST_F(BroughtCaptures, GoOnBeingDeletedSoThatTheirFilesGo) {
  const Capture capture = AskThere(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).SoftDelete(capture.id));
  Bring();
  // The sweeper removes the files of such rows, and then the row.
  const auto deleting = store_->ListDeleting(10);
  ASSERT_TRUE(deleting);
  ASSERT_EQ(deleting->size(), 1U);
  EXPECT_EQ(deleting->front().id, capture.id);
}

TEST_F(BroughtCaptures, KeepTheirKeys) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "a tap";
  const Capture capture = AskThere(spec);
  Bring();
  EXPECT_EQ(Bring().added, 0);
  EXPECT_EQ(Ask(spec).capture.id, capture.id);
}

TEST_F(BroughtCaptures, AreNotLeftOutForAKeyThatIsUsedHereToo) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "1";
  const Capture here = AskNew(spec);
  const Capture there = AskThere(spec);
  ASSERT_NE(there.id, here.id);
  EXPECT_EQ(Bring().added, 1);
  EXPECT_EQ(Row(there.id).id, there.id);
  EXPECT_EQ(Ask(spec).capture.id, here.id);
}

}  // namespace
}  // namespace matinee::capture
