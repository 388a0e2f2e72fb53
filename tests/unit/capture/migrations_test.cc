// Migration of databases of older versions of Matinee.
#include <memory>
#include <set>
#include <string>

#include "capture/capture_schema.h"
#include "capture/orphaned_files.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

constexpr const char* kId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";

class SchemaVersionOneTest : public testing::Test {
 protected:
  SchemaVersionOneTest() {
    auto opened = test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    database_ = *std::move(opened);
    const Status migrated = sql::Migrate(*database_, {{"capture", CaptureSchema().steps.first(1)}});
    EXPECT_TRUE(migrated) << migrated.error().message;
  }

  // Inserts a row of version 1: each attempt of a capture had the same file name.
  void Insert(const std::string& phase, int attempt) {
    const auto inserted = database_->Run(
        {"test",
         "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
         " part_start_seconds, capture_type, precise, requested_start_seconds, request_key,"
         " at_given, timestamp_seconds, file_name, file_size_bytes, has_thumbnail, phase,"
         " progress, attempt, tries, created_at, updated_at)"
         " VALUES ($1, 'plex', 'attic', 'plex-1', 'The Film', '/media/film.mkv', 0, 'screenshot',"
         " 0, 100.5, 'key', 0, 100.5, $2, 7, 1, $3, 0, $4, $4, 5, 6)"},
        {kId, std::string(kId) + ".jpg", phase, attempt});
    ASSERT_TRUE(inserted) << inserted.error().message;
  }
  void Migrate() {
    const Status migrated = sql::Migrate(*database_, {CaptureSchema()});
    ASSERT_TRUE(migrated) << migrated.error().message;
  }

  ManualClock clock_{kNoon};
  std::unique_ptr<sql::TestDatabase> test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::Database> database_;
};

TEST_F(SchemaVersionOneTest, RowsAreReadAsTheyWere) {
  Insert("complete", 2);
  Migrate();
  const auto capture = Store(*database_, clock_).Get(kId);
  ASSERT_TRUE(capture) << capture.error().message;
  EXPECT_EQ(capture->phase, Phase::kComplete);
  EXPECT_EQ(capture->spec.media_title, "The Film");
  EXPECT_EQ(capture->spec.start_seconds, 100.5);
  EXPECT_EQ(capture->file_name, std::string(kId) + ".jpg");
  EXPECT_EQ(capture->file_size_bytes, 7);
  EXPECT_TRUE(capture->has_thumbnail);
  EXPECT_EQ(capture->attempt, 2);
  EXPECT_EQ(capture->tries, 2);
  EXPECT_EQ(capture->crashes, 0);
  EXPECT_EQ(capture->spec.traceparent, "");
  EXPECT_EQ(ToMicros(capture->created_at), 5);
}

TEST_F(SchemaVersionOneTest, ARunningCaptureIsRequeued) {
  Insert("running", 1);
  Migrate();
  Store store(*database_, clock_);
  EXPECT_EQ(jobs::LastTerm(*database_), 0);
  ASSERT_TRUE(jobs::BeginTerm(*database_, 1));
  const Error error{Code::kInternal, "interrupted"};
  const auto interrupted = store.jobs().RequeueOrphan(kId, 1, error, 1);
  ASSERT_TRUE(interrupted && *interrupted);
  EXPECT_EQ(store.Get(kId)->phase, Phase::kQueued);
  EXPECT_EQ(store.Get(kId)->crashes, 1);
  const auto claimed = store.jobs().Claim(kId);
  ASSERT_TRUE(claimed && *claimed);
  EXPECT_EQ(store.Get(kId)->attempt, 2);
}

TEST_F(SchemaVersionOneTest, FilesOfACompleteCaptureStayAndThoseOfADeletedOneGo) {
  Insert("complete", 2);
  Migrate();
  Store store(*database_, clock_);
  const TemporaryFolder folder;
  storage::FolderStore files(folder.path(), {kThumbnailFolder});
  ASSERT_TRUE(files.Open());
  const std::string name = std::string(kId) + ".jpg";
  WriteTextFile(folder.File(name), "image");
  WriteTextFile(folder.File(ThumbnailName(name)), "small");
  RemoveOrphanedFiles(files, *store.Get(kId));
  EXPECT_EQ(FilesIn(folder.path()), std::set<std::string>({name, ThumbnailName(name)}));
  EXPECT_TRUE(RemoveAll(files, *store.Get(kId)));
  EXPECT_TRUE(FilesIn(folder.path()).empty());
}

// While pods of two versions run, the old ones do not know the columns of the new.
TEST_F(SchemaVersionOneTest, AProgramOfTheVersionBeforeStillInserts) {
  Migrate();
  Insert("queued", 0);
  const auto capture = Store(*database_, clock_).Get(kId);
  ASSERT_TRUE(capture) << capture.error().message;
  EXPECT_FALSE(capture->bulk);
  EXPECT_EQ(JobOf(*capture).queue, kScreenshotQueue);
}

TEST_F(SchemaVersionOneTest, TheStepRunsOnce) {
  Migrate();
  ASSERT_TRUE(jobs::BeginTerm(*database_, 7));
  Migrate();
  EXPECT_EQ(jobs::LastTerm(*database_), 7);
}

}  // namespace
}  // namespace matinee::capture
