// Conversion of rows, and encoding of paths.
#include "capture/capture_row.h"

#include <algorithm>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "base/strings.h"
#include "tests/unit/capture/capture_fixture.h"

namespace matinee::capture {
namespace {

std::vector<std::string> HostilePaths() {
  std::vector<std::string> paths = {
      "",
      "/media/film.mkv",
      "/media/100% Wolf (2020)/100%25.mkv",
      "%",
      "%2",
      "%2F",
      "%zz",
      "%%%41",
      "/media/\xFF\xFE.mkv",
      "/media/caf\xE9%20.mkv",
      "/media/Amélie 日本 🎬.mkv",
      "/media/line\nbreak\r\t\x01\x7F.mkv",
      "/media/'; DROP TABLE captures; --\"$()`[]{}*?.mkv",
      "-leading dash",
      "/media/\xC0\xAF overlong, \xED\xA0\x80 surrogate, \xF4\x90\x80\x80 too large",
      std::string(4096, '%'),
  };
  std::string all_bytes;
  for (int byte = 1; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  paths.push_back(all_bytes);
  std::mt19937 random(20260218);  // Always the same bytes.
  for (int i = 0; i < 200; ++i) {
    std::string path;
    for (size_t length = random() % 40; path.size() < length;) {
      path += static_cast<char>(1 + random() % 255);
    }
    paths.push_back(path);
  }
  return paths;
}

TEST(EncodePathTest, AnyPathBecomesUtf8AndDecodesToTheSameBytes) {
  for (const std::string& path : HostilePaths()) {
    const std::string encoded = EncodePath(path);
    EXPECT_TRUE(IsUtf8(encoded)) << EscapeUnprintable(path);
    EXPECT_EQ(DecodePath(encoded), path) << EscapeUnprintable(path);
  }
}

TEST(EncodePathTest, AnOrdinaryPathStaysReadable) {
  EXPECT_EQ(EncodePath("/media/Amélie (2001).mkv"), "/media/Amélie (2001).mkv");
  EXPECT_EQ(EncodePath("/media/100%.mkv"), "/media/100%25.mkv");
}

TEST(EncodePathTest, AnInvalidEncodingIsDecodedAsItIs) {
  EXPECT_EQ(DecodePath("/media/50% off.mkv"), "/media/50% off.mkv");
}

class CaptureRowTest : public StoreTest {};

TEST_F(CaptureRowTest, EveryPathIsStored) {
  double moment = 0;
  for (const std::string& path : HostilePaths()) {
    CaptureSpec spec = ScreenshotAt(moment += 1);
    spec.media_path = path;
    const Capture capture = AskNew(spec);
    EXPECT_EQ(capture.spec.media_path, path) << EscapeUnprintable(path);
    EXPECT_EQ(Row(capture.id).spec.media_path, path) << EscapeUnprintable(path);
  }
}

TEST_F(CaptureRowTest, EveryFieldOfASpecIsStored) {
  CaptureSpec spec = ClipOf(12.345678, 23.456789);
  spec.source = "jellyfin";
  spec.server = "the attic's";
  spec.session_id = "jf-1";
  spec.media_title = "Amélie — 日本 \"quoted\" 100%";
  spec.part_start_seconds = 1234.5;
  spec.audio_stream_index = 2;
  spec.precise = true;
  spec.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Capture capture = Row(AskNew(spec).id);
  EXPECT_EQ(capture.spec.source, spec.source);
  EXPECT_EQ(capture.spec.server, spec.server);
  EXPECT_EQ(capture.spec.session_id, spec.session_id);
  EXPECT_EQ(capture.spec.media_title, spec.media_title);
  EXPECT_EQ(capture.spec.part_start_seconds, spec.part_start_seconds);
  EXPECT_EQ(capture.spec.audio_stream_index, spec.audio_stream_index);
  EXPECT_EQ(capture.spec.type, Type::kClip);
  EXPECT_TRUE(capture.spec.precise);
  EXPECT_EQ(capture.spec.start_seconds, spec.start_seconds);
  EXPECT_EQ(capture.spec.end_seconds, spec.end_seconds);
  EXPECT_EQ(capture.spec.request_key, spec.request_key);
  EXPECT_EQ(capture.spec.traceparent, spec.traceparent);
}

TEST_F(CaptureRowTest, ANewRowHoldsTheRequestedTimes) {
  const Capture clip = AskNew(ClipOf(100, 130));
  EXPECT_EQ(clip.phase, Phase::kQueued);
  EXPECT_EQ(clip.timestamp_seconds, 100);
  EXPECT_EQ(clip.duration_seconds, 30);
  EXPECT_EQ(clip.file_name, clip.id + ".mp4");
  EXPECT_EQ(clip.file_size_bytes, 0);
  EXPECT_EQ(clip.width, std::nullopt);
  EXPECT_EQ(clip.height, std::nullopt);
  EXPECT_FALSE(clip.has_thumbnail);
  EXPECT_EQ(clip.attempt, 0);
  EXPECT_EQ(clip.tries, 0);
  EXPECT_EQ(clip.crashes, 0);
  EXPECT_EQ(clip.spec.traceparent, "");
  EXPECT_FALSE(clip.error);
  EXPECT_EQ(clip.created_at, kNoon);
  EXPECT_EQ(clip.updated_at, kNoon);
  const Capture screenshot = AskNew(ScreenshotAt(100));
  EXPECT_EQ(screenshot.duration_seconds, std::nullopt);
  EXPECT_EQ(screenshot.spec.end_seconds, std::nullopt);
  EXPECT_EQ(screenshot.spec.audio_stream_index, std::nullopt);
  EXPECT_EQ(screenshot.file_name, screenshot.id + ".jpg");
}

TEST_F(CaptureRowTest, AnUnknownPhaseIsRefused) {
  const Capture capture = AskForScreenshot();
  const auto changed =
      database_->Run({"test", "UPDATE captures SET phase = 'lost' WHERE id = $1"}, {capture.id});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::kConflict);
}

TEST_F(CaptureRowTest, ARepeatedMigrationKeepsTheRows) {
  const Capture capture = AskForScreenshot();
  ASSERT_TRUE(sql::Migrate(*database_, {jobs::JobsSchema(), CaptureSchema()}));
  EXPECT_TRUE(Exists(capture.id));
}

// --- Rows that this program never writes -----------------------------------------------------

sql::Row RowWith(const std::string& type, const std::string& phase, int64_t attempt,
                 int64_t tries = 0, int64_t crashes = 0) {
  using V = sql::Value::Variant;
  const V none = std::monostate();
  return sql::Row({V("id-1"),     V(phase),      V(0.0),        V(attempt), V(tries),
                   V(crashes),    none,          none,          none,       V(""),
                   V(int64_t{5}), V(int64_t{6}), V("plex"),     V("attic"), V("plex-1"),
                   V("The Film"), V("/film"),    V(0.0),        none,       V(type),
                   V(int64_t{0}), V(100.0),      none,          V("key"),   V(100.0),
                   none,          V("id.jpg"),   V(int64_t{0}), none,       none,
                   V(int64_t{0}), V(int64_t{0})});
}

// The message of the error that reading this row returns.
std::string CorruptionOf(const sql::Row& row) {
  const Result<Capture> capture = FromRow(row);
  if (capture) return "";
  EXPECT_EQ(capture.error().code, Code::kInternal);
  return capture.error().message;
}

TEST(CorruptRowTest, AValidRowIsRead) {
  EXPECT_EQ(CorruptionOf(RowWith("screenshot", "queued", 0)), "");
}

TEST(CorruptRowTest, AnUnknownTypeIsAnError) {
  EXPECT_EQ(CorruptionOf(RowWith("poster", "queued", 0)),
            "the row id-1 of captures is corrupt: capture_type is 'poster'");
}

TEST(CorruptRowTest, AnUnknownPhaseIsAnError) {
  EXPECT_EQ(CorruptionOf(RowWith("clip", "lost\n", 0)),
            "the row id-1 of captures is corrupt: phase is 'lost\\x0A'");
}

TEST(CorruptRowTest, ACountOutOfRangeIsAnError) {
  EXPECT_EQ(CorruptionOf(RowWith("clip", "queued", -1)),
            "the row id-1 of captures is corrupt: attempt is '-1'");
  EXPECT_EQ(CorruptionOf(RowWith("clip", "queued", 0, -2)),
            "the row id-1 of captures is corrupt: tries is '-2'");
  EXPECT_EQ(CorruptionOf(RowWith("clip", "queued", 0, 0, int64_t{1} << 31)),
            "the row id-1 of captures is corrupt: deaths is '2147483648'");
}

TEST(CorruptRowTest, AListLeavesOutOnlyTheCorruptRow) {
  const auto captures = FromRows(
      {RowWith("poster", "queued", 0), RowWith("clip", "queued", 7), RowWith("clip", "lost", 0)});
  ASSERT_EQ(captures.size(), 1U);
  EXPECT_EQ(captures.front().attempt, 7);
}

TEST_F(CaptureRowTest, ACorruptRowFailsOnlyItsOwnRead) {
  const Capture corrupt = AskForScreenshot();
  const Capture intact = AskForScreenshot();
  ASSERT_TRUE(
      database_->Run({"test", "UPDATE captures SET attempt = -1 WHERE id = $1"}, {corrupt.id}));
  const auto read = store_->Get(corrupt.id);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kInternal);
  EXPECT_NE(read.error().message.find(corrupt.id), std::string::npos) << read.error().message;
  EXPECT_EQ(store_->Cancel(corrupt.id).error().code, Code::kInternal);
  EXPECT_EQ(store_->Get(intact.id)->phase, Phase::kQueued);
}

// The reconciler runs every second, and the gallery may have ten thousand rows.
TEST_F(CaptureRowTest, FrequentQueriesUseAnIndex) {
  const auto plan_of = [this](const std::string& text, const std::string& table = "captures") {
    const std::string explain = "EXPLAIN QUERY PLAN SELECT id FROM " + table + " WHERE " + text;
    const auto rows = database_->Run({"test", explain}, {});
    EXPECT_TRUE(rows) << rows.error().message;
    std::string plan;
    if (rows) {
      for (const sql::Row& row : *rows) plan += row.Text(3) + "\n";
    }
    return plan;
  };
  for (const std::string text : {"phase = 'deleting'", "phase IN ('queued', 'running', 'retrying')",
                                 "phase IN ('queued', 'retrying')"
                                 " AND (retry_at IS NULL OR retry_at <= 5)"}) {
    EXPECT_NE(plan_of(text).find("captures_phase"), std::string::npos) << plan_of(text);
    EXPECT_EQ(plan_of(text).find("SCAN"), std::string::npos) << plan_of(text);
    EXPECT_NE(plan_of(text, "posters").find("posters_phase"), std::string::npos);
  }
  const std::string newest = "phase <> 'deleting' ORDER BY created_at DESC, id DESC LIMIT 50";
  EXPECT_NE(plan_of(newest).find("captures_newest"), std::string::npos) << plan_of(newest);
}

TEST(FileNameTest, EachAttemptHasASeparateName) {
  EXPECT_EQ(FileName("id", Type::kScreenshot, 1), "id.jpg");
  EXPECT_EQ(FileName("id", Type::kClip, 1), "id.mp4");
  EXPECT_EQ(FileName("id", Type::kScreenshot, 2), "id.2.jpg");
  EXPECT_EQ(FileName("id", Type::kClip, 11), "id.11.mp4");
  EXPECT_EQ(ThumbnailName("id.jpg"), "thumbnails/id.jpg");
  EXPECT_EQ(ThumbnailName("id.mp4"), "thumbnails/id.jpg");
  EXPECT_EQ(ThumbnailName("id.2.jpg"), "thumbnails/id.2.jpg");
  EXPECT_EQ(ThumbnailName("id.11.mp4"), "thumbnails/id.11.jpg");
}

TEST(JobOfTest, AJobGoesToTheQueueOfItsType) {
  Capture capture;
  capture.id = "id";
  capture.spec.traceparent = "00-trace-span-01";
  EXPECT_EQ(JobOf(capture).queue, kScreenshotQueue);
  EXPECT_EQ(JobOf(capture).subject, "id");
  EXPECT_EQ(JobOf(capture).traceparent, "00-trace-span-01");
  capture.bulk = true;
  EXPECT_EQ(JobOf(capture).queue, kScreenshotBulkQueue);
  capture.spec.type = Type::kClip;
  EXPECT_EQ(JobOf(capture).queue, kClipBulkQueue);
  capture.bulk = false;
  EXPECT_EQ(JobOf(capture).queue, kClipQueue);
}

TEST(PhaseTest, NamesOfPhasesAndTypesAreParsed) {
  for (const auto phase : {Phase::kQueued, Phase::kRunning, Phase::kRetrying, Phase::kComplete,
                           Phase::kFailed, Phase::kCancelled, Phase::kDeleting}) {
    EXPECT_EQ(PhaseFromString(ToString(phase)), phase);
  }
  EXPECT_EQ(PhaseFromString("lost"), std::nullopt);
  EXPECT_EQ(TypeFromString(ToString(Type::kScreenshot)), Type::kScreenshot);
  EXPECT_EQ(TypeFromString(ToString(Type::kClip)), Type::kClip);
  EXPECT_EQ(TypeFromString("Clip"), std::nullopt);
}

TEST(PhaseTest, LegacyStatusIsOneOfThreeWords) {
  for (const auto phase : {Phase::kQueued, Phase::kRunning, Phase::kRetrying}) {
    EXPECT_EQ(LegacyStatus(phase), "pending");
    EXPECT_FALSE(IsTerminal(phase));
  }
  EXPECT_EQ(LegacyStatus(Phase::kComplete), "complete");
  EXPECT_EQ(LegacyStatus(Phase::kFailed), "failed");
  EXPECT_EQ(LegacyStatus(Phase::kCancelled), "failed");
}

}  // namespace
}  // namespace matinee::capture
