// Captures that are taken over from MediaSnap.
#include "capture/mediasnap.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "storage/folder_store.h"
#include "tests/unit/capture/capture_fixture.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::capture {
namespace {

constexpr const char* kShot = "7b0c1f6e-58a4-4c6f-9d0e-0a1b2c3d4e5f";
constexpr const char* kClip = "0f9e8d7c-6b5a-4432-8100-ffeeddccbbaa";

// A row in the order of kMediaSnapColumns, and its rowid.
struct OldRow {
  sql::Value id = kShot;
  sql::Value source = "plex";
  sql::Value media_title = "Breaking Bad — S05E14 — Ozymandias";
  sql::Value media_path = "/media/TV/episode.mkv";
  sql::Value timestamp_seconds = 1832.5;
  sql::Value capture_type = "screenshot";
  sql::Value file_name = std::string(kShot) + ".jpg";
  sql::Value duration_seconds = nullptr;
  sql::Value status = "complete";
  sql::Value error_message = nullptr;
  sql::Value created_at = "2026-02-18T12:00:00.123456+00:00";

  [[nodiscard]] sql::Row Make(int64_t rowid = 1) const {
    std::vector<sql::Value::Variant> columns;
    for (const sql::Value* value :
         {&id, &source, &media_title, &media_path, &timestamp_seconds, &capture_type, &file_name,
          &duration_seconds, &status, &error_message, &created_at}) {
      columns.push_back(value->get());
    }
    columns.emplace_back(rowid);
    return sql::Row(std::move(columns));
  }
};

OldRow OldClip() {
  OldRow row;
  row.id = kClip;
  row.capture_type = "clip";
  row.file_name = std::string(kClip) + ".mp4";
  row.duration_seconds = 30.0;
  return row;
}

TEST(FromMediaSnapTest, ReadsAScreenshot) {
  const auto capture = FromMediaSnap(OldRow().Make());
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->id, kShot);
  EXPECT_EQ(capture->spec.source, "plex");
  EXPECT_EQ(capture->spec.server, "plex");
  EXPECT_EQ(capture->spec.media_title, "Breaking Bad — S05E14 — Ozymandias");
  EXPECT_EQ(capture->spec.media_path, "/media/TV/episode.mkv");
  EXPECT_EQ(capture->spec.type, Type::kScreenshot);
  EXPECT_EQ(capture->timestamp_seconds, 1832.5);
  EXPECT_EQ(capture->spec.start_seconds, 1832.5);
  EXPECT_FALSE(capture->duration_seconds);
  EXPECT_FALSE(capture->spec.end_seconds);
  EXPECT_EQ(capture->file_name, std::string(kShot) + ".jpg");
  EXPECT_EQ(capture->phase, Phase::kComplete);
  EXPECT_EQ(capture->progress, 1);
  EXPECT_EQ(capture->attempt, 1);
  EXPECT_FALSE(capture->error);
  EXPECT_EQ(capture->created_at, *ParseTime("2026-02-18T12:00:00.123456Z"));
  EXPECT_EQ(capture->updated_at, capture->created_at);
}

TEST(FromMediaSnapTest, ReadsAClip) {
  const auto capture = FromMediaSnap(OldClip().Make());
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->spec.type, Type::kClip);
  EXPECT_FALSE(capture->spec.precise);
  EXPECT_EQ(capture->duration_seconds, 30);
  EXPECT_EQ(capture->spec.end_seconds, 1862.5);
}

TEST(FromMediaSnapTest, FailedAndPendingCapturesAreFailed) {
  OldRow row = OldClip();
  row.status = "failed";
  row.error_message = "FFmpeg failed:\n\xFFno such file";
  auto capture = FromMediaSnap(row.Make());
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->phase, Phase::kFailed);
  EXPECT_EQ(capture->attempt, 0);
  ASSERT_TRUE(capture->error);
  EXPECT_EQ(capture->error->code, Code::kMediaError);
  EXPECT_EQ(capture->error->message, "FFmpeg failed:\\x0A\\xFFno such file");
  row.status = "pending";
  capture = FromMediaSnap(row.Make());
  EXPECT_EQ(capture->phase, Phase::kFailed);
  EXPECT_EQ(capture->error->message, "MediaSnap did not finish it.");
}

TEST(FromMediaSnapTest, RefusesWhatMediaSnapDoesNotMake) {
  const auto refused = [](const std::function<void(OldRow&)>& change) {
    OldRow row;
    change(row);
    return !FromMediaSnap(row.Make());
  };
  EXPECT_FALSE(refused([](OldRow&) {}));
  for (const char* name :
       {"../7b0c1f6e-58a4-4c6f-9d0e-0a1b2c3d4e5f.jpg", "/etc/passwd", "", ".tmp/a.jpg",
        "0f9e8d7c-6b5a-4432-8100-ffeeddccbbaa.jpg", "7b0c1f6e-58a4-4c6f-9d0e-0a1b2c3d4e5f.mp4"}) {
    EXPECT_TRUE(refused([name](OldRow& row) { row.file_name = name; })) << name;
  }
  for (const char* id : {"", "1", "../../etc/passwd", "7b0c1f6e-58a4-4c6f-9d0e-0a1b2c3d4e5g"}) {
    EXPECT_TRUE(refused([id](OldRow& row) {
      row.id = id;
      row.file_name = std::string(id) + ".jpg";
    })) << id;
  }
  EXPECT_TRUE(refused([](OldRow& row) { row.id = std::string(kShot) + std::string(1, '\0'); }));
  EXPECT_TRUE(refused([](OldRow& row) { row.id = nullptr; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.source = "kodi"; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.capture_type = 3; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.status = "deleting"; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.timestamp_seconds = "soon"; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.timestamp_seconds = -1.0; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.timestamp_seconds = INFINITY; }));
  EXPECT_TRUE(refused([](OldRow& row) { row.created_at = "yesterday"; }));
}

TEST(FromMediaSnapTest, TextsBecomeTextsThatADatabaseAccepts) {
  OldRow row;
  row.media_title = std::string("a\0b\xFF", 4) + std::string(5000, 'x');
  row.media_path = std::string("/media/a\0b", 10);
  row.timestamp_seconds = 12;
  const auto capture = FromMediaSnap(row.Make());
  ASSERT_TRUE(capture);
  EXPECT_TRUE(IsUtf8(capture->spec.media_title));
  EXPECT_TRUE(capture->spec.media_title.starts_with("a\\x00b\\xFFxxx"));
  EXPECT_LE(capture->spec.media_title.size(), 600U);
  EXPECT_EQ(capture->spec.media_path, "");
  EXPECT_EQ(capture->timestamp_seconds, 12);
}

// Returns its rows once.
class FakeSource final : public sql::Session {
 public:
  using Session::Run;
  Result<sql::Rows> Run(const sql::Query&, std::span<const sql::Value>) override {
    return std::exchange(rows, {});
  }
  Result<std::vector<std::string>> Columns(std::string_view) override {
    return std::vector<std::string>();
  }

  sql::Rows rows;
};

class ImportMediaSnapTest : public StoreTest {
 protected:
  ImportMediaSnapTest() : files_(captures_.path(), {kThumbnailFolder}) {
    EXPECT_TRUE(files_.Open());
  }

  MediaSnapImport Import(const std::vector<OldRow>& rows, const std::string& folder = "") {
    int64_t rowid = 0;
    for (const OldRow& row : rows) source_.rows.push_back(row.Make(++rowid));
    skipped_.clear();
    const auto import = ImportMediaSnap(
        source_, *database_, files_,
        {.files_folder = folder,
         .on_skipped = [this](const std::string& sentence) { skipped_.push_back(sentence); }});
    EXPECT_TRUE(import) << import.error().message;
    return import.value_or(MediaSnapImport{});
  }

  TemporaryFolder captures_;
  storage::FolderStore files_;
  FakeSource source_;
  std::vector<std::string> skipped_;
};

TEST_F(ImportMediaSnapTest, TakesFilesInPlaceAndRepeatsNothing) {
  captures_.Write(std::string(kShot) + ".jpg", "jpeg");
  OldRow failed = OldClip();
  failed.status = "failed";
  const MediaSnapImport first = Import({OldRow(), failed});
  EXPECT_EQ(first.found, 2);
  EXPECT_EQ(first.added, 2);
  const Capture capture = Row(kShot);
  EXPECT_EQ(capture.phase, Phase::kComplete);
  EXPECT_EQ(capture.file_size_bytes, 4);
  EXPECT_EQ(capture.spec.media_path, "/media/TV/episode.mkv");
  EXPECT_FALSE(capture.width);
  EXPECT_EQ(Row(kClip).error->code, Code::kMediaError);
  EXPECT_TRUE(store_->Retry(kClip));

  const MediaSnapImport second = Import({OldRow(), failed});
  EXPECT_EQ(second.found, 2);
  EXPECT_EQ(second.added, 0);
  EXPECT_EQ(second.known, 2);
  EXPECT_EQ(Row(kClip).phase, Phase::kQueued);
}

TEST_F(ImportMediaSnapTest, SkipsAndCountsWhatHasNoFileOrDoesNotFit) {
  OldRow linked = OldClip();
  captures_.Write("secret", "secret");
  ASSERT_EQ(symlink(captures_.File("secret").c_str(),
                    captures_.File(std::string(kClip) + ".mp4").c_str()),
            0);
  OldRow leaves;
  leaves.file_name = "../../etc/passwd";
  const MediaSnapImport import = Import({OldRow(), linked, leaves});
  EXPECT_EQ(import.found, 3);
  EXPECT_EQ(import.added, 0);
  EXPECT_EQ(import.without_file, 2);
  EXPECT_EQ(import.malformed, 1);
  ASSERT_EQ(skipped_.size(), 3U);
  EXPECT_NE(skipped_[0].find(std::string(kShot) + ".jpg"), std::string::npos);
  EXPECT_FALSE(store_->Get(kShot));
  EXPECT_FALSE(store_->Get(kClip));
}

TEST_F(ImportMediaSnapTest, LinksFilesOfAnotherFolder) {
  const TemporaryFolder old;
  const std::string file = old.Write(std::string(kShot) + ".jpg", "jpeg");
  EXPECT_EQ(Import({OldRow()}, old.path()).added, 1);
  EXPECT_EQ(*ReadFile(captures_.File(std::string(kShot) + ".jpg"), 100), "jpeg");
  struct stat info {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_nlink, 2U);
  EXPECT_TRUE(files_.TemporaryFiles("import")->empty());
  // Deleting the capture leaves the old file.
  ASSERT_TRUE(files_.Remove(std::string(kShot) + ".jpg"));
  EXPECT_EQ(*ReadFile(file, 100), "jpeg");
}

}  // namespace
}  // namespace matinee::capture
