// Whose the folder of captures is.
#include "capture/capture_folder.h"

#include <filesystem>
#include <memory>
#include <string>

#include "tests/unit/capture/capture_fixture.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/text_files.h"

namespace matinee::capture {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOurs = "0190b6c1-0000-7c4f-9a51-00000000000a";
constexpr const char* kTheirs = "0190b6c1-0000-7c4f-9a51-00000000000b";
constexpr const char* kShot = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";
constexpr const char* kClipId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d48";

class CaptureFolderTest : public testing::Test {
 protected:
  CaptureFolderTest() {
    auto opened = test_database_->Open(clock_, nullptr);
    if (!opened) std::abort();
    database_ = *std::move(opened);
    const Status migrated = sql::Migrate(*database_, {jobs::JobsSchema(), CaptureSchema()});
    EXPECT_TRUE(migrated) << migrated.error().message;
    for (const char* name : {".tmp", "thumbnails"}) fs::create_directory(folder_.File(name));
  }
  Result<FolderClaim> Claim(const std::string& id, bool is_locked = true) {
    return ClaimFolder(*database_, folder_.path(), id, is_locked);
  }
  std::string Mark() { return ReadTextFile(folder_.File(".matinee-database")); }
  void WriteMark(const std::string& id) { WriteTextFile(folder_.File(".matinee-database"), id); }
  void WriteCaptures() {
    WriteTextFile(folder_.File(std::string(kShot) + ".jpg"), "one frame");
    WriteTextFile(folder_.File("thumbnails/" + std::string(kShot) + ".jpg"), "small");
    WriteTextFile(folder_.File(std::string(kClipId) + ".mp4"), "an older attempt");
    WriteTextFile(folder_.File(std::string(kClipId) + ".2.mp4"), "a clip");
    WriteTextFile(folder_.File("holiday.mp4"), "of a person");
  }

  ManualClock clock_{kNoon};
  TemporaryFolder folder_;
  std::unique_ptr<sql::TestDatabase> test_database_ = sql::TestDatabase::Make();
  std::unique_ptr<sql::Database> database_;
};

TEST_F(CaptureFolderTest, TheFirstDatabaseClaimsTheFolder) {
  const auto claim = Claim(kOurs, false);
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_TRUE(claim->is_ours);
  EXPECT_EQ(claim->notice, "");
  EXPECT_EQ(Mark(), std::string(kOurs) + "\n");
  EXPECT_TRUE(Claim(kOurs, false)) << "and keeps it";
}

TEST_F(CaptureFolderTest, AnotherDatabaseIsRefusedInOneLineThatNamesBoth) {
  WriteMark(kTheirs);
  const auto refused = Claim(kOurs, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  for (const std::string& word : {folder_.path(), std::string(kTheirs), std::string("CAPTURE_DIR"),
                                  std::string("matinee import --captures")}) {
    EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(refused.error().message.find('\n'), std::string::npos);
  EXPECT_EQ(Mark(), kTheirs);
}

TEST_F(CaptureFolderTest, ADatabaseWhoseCapturesAreThereClaimsTheFolderOfAnother) {
  WriteCaptures();
  ASSERT_TRUE(ImportCaptures(*database_, folder_.path(), kOurs));
  WriteMark(kTheirs);
  const std::string left = folder_.File(".tmp/capture." + std::string(kTheirs) + ".x.1.mp4");
  const std::string other = folder_.File(".tmp/capture." + std::string(kOurs) + ".x.1.mp4");
  WriteTextFile(left, "half");
  WriteTextFile(other, "half");
  const auto claim = Claim(kOurs, false);
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_TRUE(claim->is_ours);
  EXPECT_EQ(Mark(), std::string(kOurs) + "\n");
  EXPECT_FALSE(fs::exists(left)) << "what the other was making";
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(CaptureFolderTest, ADatabaseWithOtherCapturesIsRefusedAlsoOnASingleMachine) {
  WriteCaptures();
  ASSERT_TRUE(ImportCaptures(*database_, folder_.path(), kOurs));
  for (const char* name :
       {"0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47.jpg", "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d48.2.mp4"}) {
    fs::remove(folder_.File(name));
  }
  WriteMark(kTheirs);
  EXPECT_FALSE(Claim(kOurs, true));
}

TEST_F(CaptureFolderTest, AnEmptyDatabaseBesideTheCapturesOfAnotherStartsAndSaysSo) {
  WriteCaptures();
  WriteMark(kTheirs);
  EXPECT_FALSE(Claim(kOurs, false)) << "another process may use it";
  const auto claim = Claim(kOurs, true);
  ASSERT_TRUE(claim) << claim.error().message;
  EXPECT_FALSE(claim->is_ours);
  EXPECT_NE(claim->notice.find("matinee import --captures"), std::string::npos);
  EXPECT_EQ(Mark(), kTheirs) << "it is touched only by the import";
}

TEST_F(CaptureFolderTest, AnEmptyDatabaseBesideCapturesWithoutAMarkSaysSo) {
  WriteCaptures();
  const auto claim = Claim(kOurs, false);
  ASSERT_TRUE(claim);
  EXPECT_TRUE(claim->is_ours);
  EXPECT_NE(claim->notice.find("matinee import --captures"), std::string::npos);
}

TEST_F(CaptureFolderTest, AMarkThatIsNotAnIdIsNotReplaced) {
  WriteMark("mine!");
  const auto refused = Claim(kOurs);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(Mark(), "mine!");
}

TEST_F(CaptureFolderTest, AnEmptyMarkIsThatOfACrashAndIsReplaced) {
  WriteMark("");
  EXPECT_TRUE(Claim(kOurs));
  EXPECT_EQ(Mark(), std::string(kOurs) + "\n");
}

TEST_F(CaptureFolderTest, AnImportAddsACompleteCaptureForEachFileOnce) {
  WriteCaptures();
  WriteMark(kTheirs);
  const auto counts = ImportCaptures(*database_, folder_.path(), kOurs);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->found, 2);
  EXPECT_EQ(counts->added, 2);
  EXPECT_EQ(Mark(), std::string(kOurs) + "\n");

  Store store(*database_, clock_);
  const auto shot = store.Get(kShot);
  ASSERT_TRUE(shot) << shot.error().message;
  EXPECT_EQ(shot->phase, Phase::kComplete);
  EXPECT_EQ(shot->spec.type, Type::kScreenshot);
  EXPECT_EQ(shot->file_size_bytes, 9);
  EXPECT_TRUE(shot->has_thumbnail);
  const auto clip = store.Get(kClipId);
  ASSERT_TRUE(clip);
  EXPECT_EQ(clip->file_name, std::string(kClipId) + ".2.mp4");
  EXPECT_EQ(clip->attempt, 2);
  EXPECT_FALSE(clip->has_thumbnail) << "the reconciler makes it";

  const auto again = ImportCaptures(*database_, folder_.path(), kOurs);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->found, 2);
  EXPECT_EQ(again->added, 0);
}

TEST(CaptureFileNameTest, OnlyNamesOfCapturesAreParsed) {
  const std::string id = kShot;
  for (const Type type : {Type::kScreenshot, Type::kClip}) {
    for (const int attempt : {1, 2, 17}) {
      const auto file = ParseFileName(FileName(id, type, attempt));
      ASSERT_TRUE(file);
      EXPECT_EQ(file->id, id);
      EXPECT_EQ(file->type, type);
      EXPECT_EQ(file->attempt, attempt);
    }
  }
  for (const std::string& name :
       {std::string(), std::string("."), id, id + ".", id + ".png", id + ".1.jpg", id + ".0.jpg",
        id + ".-2.jpg", id + ".02.jpg", id + "x.jpg", id + "..jpg", "x" + id + ".jpg",
        id.substr(1) + ".jpg", id + ".99999999999.mp4", std::string("holiday.mp4")}) {
    EXPECT_FALSE(ParseFileName(name)) << name;
  }
}

}  // namespace
}  // namespace matinee::capture
