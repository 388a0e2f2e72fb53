// Copies rows from the database of a single machine to that of a cluster.
#include "capture/bring_over.h"

#include <memory>
#include <string>

#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class BringOverTest : public StoreTest {
 protected:
  BringOverTest() {
    auto opened = source_test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    source_ = *std::move(opened);
    if (!sql::Migrate(*source_, Migrations())) std::abort();
  }

  Capture AskSource(const CaptureSpec& spec) {
    const auto created = Store(*source_, clock_).Create(spec);
    EXPECT_TRUE(created && created->is_new);
    return created ? created->capture : Capture();
  }
  BroughtOver Copy() {
    const auto brought = BringOver(*source_, *database_, [](int64_t) {});
    EXPECT_TRUE(brought) << (brought ? "" : brought.error().message);
    return brought.value_or(BroughtOver());
  }

  std::unique_ptr<sql::TestDatabase> source_test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::Database> source_;
};

TEST_F(BringOverTest, ARepeatedCopyAddsNothing) {
  const Capture capture = AskSource(ScreenshotAt(100));
  EXPECT_EQ(Copy().added, 1);
  const BroughtOver repeated = Copy();
  EXPECT_EQ(repeated.found, 1);
  EXPECT_EQ(repeated.added, 0);
  EXPECT_EQ(Row(capture.id).spec.start_seconds, 100);
}

TEST_F(BringOverTest, ARunningCaptureBecomesQueued) {
  const Capture capture = AskSource(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).Claim(capture.id));
  Copy();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

TEST_F(BringOverTest, ADeletingCaptureStaysDeleting) {
  const Capture capture = AskSource(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).SoftDelete(capture.id));
  Copy();
  // The reconciler removes the files of such rows, and then the rows.
  const auto deleting = store_->ListDeleting(10);
  ASSERT_TRUE(deleting);
  ASSERT_EQ(deleting->size(), 1U);
  EXPECT_EQ(deleting->front().id, capture.id);
}

TEST_F(BringOverTest, IdempotencyKeysAreCopied) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "a tap";
  const Capture capture = AskSource(spec);
  Copy();
  EXPECT_EQ(Copy().added, 0);
  EXPECT_EQ(Ask(spec).capture.id, capture.id);
}

TEST_F(BringOverTest, ACaptureWhoseKeyIsUsedIsCopiedWithoutIt) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "1";
  const Capture target = AskNew(spec);
  const Capture source = AskSource(spec);
  ASSERT_NE(source.id, target.id);
  EXPECT_EQ(Copy().added, 1);
  EXPECT_EQ(Row(source.id).id, source.id);
  EXPECT_EQ(Ask(spec).capture.id, target.id);
}

}  // namespace
}  // namespace matinee::capture
