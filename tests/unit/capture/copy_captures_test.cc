// Captures that `migrate --from` copies: from the database of a single machine to that of a
// cluster.
#include <memory>
#include <string>

#include "sql/copy_tables.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

class CopyCapturesTest : public StoreTest {
 protected:
  CopyCapturesTest() {
    auto opened = source_test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    source_ = *std::move(opened);
    if (!sql::Migrate(*source_, {jobs::JobsSchema(), CaptureSchema()})) std::abort();
  }

  Capture AskSource(const CaptureSpec& spec) {
    const auto created = Store(*source_, clock_).Create(spec);
    EXPECT_TRUE(created && created->is_new);
    return created ? created->capture : Capture();
  }
  sql::TableCopy Copy() {
    const auto copies = sql::CopyTables(*source_, *database_, {jobs::JobsSchema(), CaptureSchema()},
                                        [](const sql::TableCopy&) {});
    EXPECT_TRUE(copies && copies->size() == 1) << (copies ? "" : copies.error().message);
    return copies && copies->size() == 1 ? copies->front() : sql::TableCopy();
  }

  std::unique_ptr<sql::TestDatabase> source_test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::Database> source_;
};

TEST_F(CopyCapturesTest, ARepeatedCopyAddsNothing) {
  const Capture capture = AskSource(ScreenshotAt(100));
  EXPECT_EQ(Copy().added, 1);
  const sql::TableCopy again = Copy();
  EXPECT_EQ(again.found, 1);
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(Row(capture.id).spec.start_seconds, 100);
}

TEST_F(CopyCapturesTest, ARunningCaptureIsQueued) {
  const Capture capture = AskSource(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).jobs().Claim(capture.id));
  Copy();
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
}

TEST_F(CopyCapturesTest, ADeletedCaptureStaysDeletedSoThatItsFilesGo) {
  const Capture capture = AskSource(ScreenshotAt(100));
  ASSERT_TRUE(Store(*source_, clock_).SoftDelete(capture.id));
  Copy();
  // The reconciler removes the files of such rows, and then the row.
  const auto deleting = store_->ListDeleting(10);
  ASSERT_TRUE(deleting);
  ASSERT_EQ(deleting->size(), 1U);
  EXPECT_EQ(deleting->front().id, capture.id);
}

TEST_F(CopyCapturesTest, ACaptureKeepsItsIdempotencyKey) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "a tap";
  const Capture capture = AskSource(spec);
  Copy();
  EXPECT_EQ(Copy().added, 0);
  EXPECT_EQ(Ask(spec).capture.id, capture.id);
}

TEST_F(CopyCapturesTest, ACaptureWhoseKeyIsUsedInTheTargetIsCopiedWithoutIt) {
  CaptureSpec spec = ScreenshotAt(100);
  spec.idempotency_key = "1";
  const Capture here = AskNew(spec);
  const Capture there = AskSource(spec);
  ASSERT_NE(there.id, here.id);
  EXPECT_EQ(Copy().added, 1);
  EXPECT_EQ(Row(there.id).id, there.id);
  EXPECT_EQ(Ask(spec).capture.id, here.id);
}

}  // namespace
}  // namespace matinee::capture
