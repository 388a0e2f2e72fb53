// Compares the JSON of captures and sessions with the contract.
#include "api/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/time_format.h"
#include "tests/unit/api/contract.h"

namespace matinee::api {
namespace {

using capture::Capture;
using capture::Phase;
using capture::Type;
using nlohmann::json;

constexpr const char* kId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";

Capture ScreenshotIn(Phase phase) {
  Capture capture;
  capture.id = kId;
  capture.spec.source = "plex";
  capture.spec.server = "attic";
  capture.spec.session_id = "plex-1";
  capture.spec.media_title = "The Film";
  capture.spec.media_path = "/media/film.mkv";
  capture.spec.start_seconds = 1832.5;
  capture.timestamp_seconds = 1832.5;
  capture.file_name = capture::FileName(kId, Type::kScreenshot, 1);
  capture.phase = phase;
  capture.created_at = ParseTime("2026-02-18T12:00:00Z").value();
  capture.updated_at = ParseTime("2026-02-18T12:00:00.412Z").value();
  return capture;
}

Capture ClipIn(Phase phase) {
  Capture capture = ScreenshotIn(phase);
  capture.spec.type = Type::kClip;
  capture.spec.precise = true;
  capture.spec.end_seconds = 1862.5;
  capture.duration_seconds = 30;
  capture.file_name = capture::FileName(kId, Type::kClip, 1);
  return capture;
}

json JsonOf(const Capture& capture, const std::string& base_path = "") {
  return json::parse(ToJson(capture, base_path));
}

media::PlaybackSession Episode() {
  media::PlaybackSession session;
  session.session_id = "plex-abc123";
  session.source = media::MediaServerType::kPlex;
  session.server = "attic & cellar";
  session.title = "Breaking Bad";
  session.subtitle = "S05E14 — Ozymandias";
  session.media_type = "episode";
  session.year = 2013;
  session.user = "Anna";
  session.player = "Living room TV";
  session.thumbnail_path = "/photo/:/transcode?width=400&url=/library/metadata/1/thumb/2";
  session.position_seconds = 100;
  session.position_at = ParseTime("2026-02-18T12:00:00Z").value();
  session.duration_seconds = 2874;
  session.media_path = "/media/episode.mkv";
  session.capturable = true;
  return session;
}

json JsonOf(const media::PlaybackSession& session, const std::string& base_path = "") {
  const WallTime now = ParseTime("2026-02-18T12:00:05Z").value();
  return json::parse(ToJson(std::vector{session}, now, base_path)).at(0);
}

class JsonTest : public testing::Test {
 protected:
  void ExpectInContract(const std::string& schema, const json& value) {
    EXPECT_EQ(contract_.Violations(schema, value), "") << value.dump(2);
    EXPECT_EQ(FieldsOf(value), contract_.FieldsOf(schema));
  }
  static std::set<std::string> FieldsOf(const json& value) {
    std::set<std::string> fields;
    for (const auto& [name, field] : value.items()) fields.insert(name);
    return fields;
  }

  const Contract contract_;
};

TEST_F(JsonTest, AnAbsentSubtitleOrThumbnailIsNullOrAnEmptyString) {
  media::PlaybackSession bare = Episode();
  bare.subtitle.reset();
  bare.thumbnail_path.reset();
  EXPECT_EQ(JsonOf(bare).at("subtitle"), nullptr);
  EXPECT_EQ(JsonOf(bare).at("thumbnail_url"), nullptr);
  bare.user.reset();
  const auto compat = [](const media::PlaybackSession& session) {
    return json::parse(ToJson(std::vector{session}, session.position_at, "", AbsentText::kEmpty))
        .at(0);
  };
  ExpectInContract("PlaybackSession", compat(bare));
  EXPECT_EQ(compat(bare).at("subtitle"), "");
  EXPECT_EQ(compat(bare).at("thumbnail_url"), "");
  EXPECT_EQ(compat(bare).at("user"), nullptr);
  EXPECT_EQ(compat(Episode()).at("subtitle"), "S05E14 — Ozymandias");
  EXPECT_EQ(compat(Episode()).at("thumbnail_url"), JsonOf(Episode()).at("thumbnail_url"));
}

TEST_F(JsonTest, ACaptureHasTheFieldsOfTheContractInEveryPhase) {
  for (const auto phase : {Phase::kQueued, Phase::kRunning, Phase::kRetrying, Phase::kComplete,
                           Phase::kFailed, Phase::kCancelled}) {
    for (Capture capture : {ScreenshotIn(phase), ClipIn(phase)}) {
      ExpectInContract("Capture", JsonOf(capture));
      capture.width = 1920;
      capture.height = 800;
      capture.has_thumbnail = true;
      capture.progress = 0.25;
      capture.error = Error{Code::kMediaError, "The media file is damaged."};
      ExpectInContract("Capture", JsonOf(capture, "/matinee"));
    }
  }
}

TEST_F(JsonTest, ACaptureHasStatusAndPhase) {
  const std::vector<std::pair<Phase, std::string>> expected = {
      {Phase::kQueued, "pending"},    {Phase::kRunning, "pending"}, {Phase::kRetrying, "pending"},
      {Phase::kComplete, "complete"}, {Phase::kFailed, "failed"},   {Phase::kCancelled, "failed"}};
  for (const auto& [phase, status] : expected) {
    EXPECT_EQ(JsonOf(ScreenshotIn(phase)).at("status"), status);
    EXPECT_EQ(JsonOf(ScreenshotIn(phase)).at("phase"), capture::ToString(phase));
  }
}

TEST_F(JsonTest, ACaptureHasProgressOnlyWhileItRuns) {
  Capture capture = ClipIn(Phase::kRunning);
  capture.progress = 0.123456;
  EXPECT_EQ(JsonOf(capture).at("progress"), 0.123);
  capture.phase = Phase::kComplete;
  EXPECT_EQ(JsonOf(capture).at("progress"), nullptr);
}

TEST_F(JsonTest, ACaptureHasAnErrorOnlyOnceItIsFinal) {
  Capture capture = ScreenshotIn(Phase::kRetrying);
  capture.error = Error{Code::kUnavailable, "Not now."};
  EXPECT_EQ(JsonOf(capture).at("error_message"), nullptr);
  EXPECT_EQ(JsonOf(capture).at("error_code"), nullptr);
  capture.phase = Phase::kFailed;
  EXPECT_EQ(JsonOf(capture).at("error_message"), "Not now.");
  EXPECT_EQ(JsonOf(capture).at("error_code"), "unavailable");
}

TEST_F(JsonTest, ACapturesAddressesBeginWithTheBasePath) {
  Capture capture = ScreenshotIn(Phase::kComplete);
  EXPECT_EQ(JsonOf(capture).at("thumbnail_url"), nullptr);
  capture.has_thumbnail = true;
  const std::string id(kId);
  EXPECT_EQ(JsonOf(capture).at("file_url"), "/captures/" + id + ".jpg");
  EXPECT_EQ(JsonOf(capture, "/matinee").at("file_url"), "/matinee/captures/" + id + ".jpg");
  EXPECT_EQ(JsonOf(capture, "/matinee").at("thumbnail_url"),
            "/matinee/api/captures/" + id + "/thumbnail");
}

TEST_F(JsonTest, ACaptureDoesNotRevealTheMediaPath) {
  EXPECT_EQ(ToJson(ScreenshotIn(Phase::kComplete), "").find("/media/"), std::string::npos);
}

TEST_F(JsonTest, CapturesAreAnArray) {
  const json list = json::parse(
      ToJson(std::vector{ScreenshotIn(Phase::kQueued), ClipIn(Phase::kComplete)}, "/matinee"));
  ASSERT_EQ(list.size(), 2U);
  for (const json& capture : list) ExpectInContract("Capture", capture);
  EXPECT_EQ(ToJson(std::vector<Capture>(), ""), "[]");
}

TEST_F(JsonTest, IsValidForAnyTitle) {
  Capture capture = ScreenshotIn(Phase::kFailed);
  capture.spec.media_title = "\xFF\xFE \" \\ \x01 \xED\xA0\x80 </script>";
  capture.error = Error{Code::kMediaError, "bytes \xC0\xAF"};
  ExpectInContract("Capture", JsonOf(capture));
  media::PlaybackSession session = Episode();
  session.title = "\xFF\xFE";
  session.media_path = "/media/caf\xE9\n.mkv";
  ExpectInContract("PlaybackSession", JsonOf(session));
  EXPECT_EQ(JsonOf(session).at("media_path"), "/media/caf\\xE9\\x0A.mkv");
}

TEST_F(JsonTest, ASessionHasTheFieldsOfTheContract) {
  ExpectInContract("PlaybackSession", JsonOf(Episode()));
  media::PlaybackSession bare;
  bare.session_id = "emby-1";
  bare.source = media::MediaServerType::kEmby;
  bare.state = media::PlayState::kBuffering;
  bare.not_capturable_reason = "Live TV has no file to capture from.";
  ExpectInContract("PlaybackSession", JsonOf(bare));
  for (const char* field :
       {"subtitle", "media_path", "duration_seconds", "thumbnail_url", "year", "user", "player"}) {
    EXPECT_EQ(JsonOf(bare).at(field), nullptr) << field;
  }
  EXPECT_EQ(JsonOf(bare).at("not_capturable_reason"), "Live TV has no file to capture from.");
  EXPECT_EQ(JsonOf(Episode()).at("not_capturable_reason"), nullptr);
}

TEST_F(JsonTest, ASessionHasItsCurrentPosition) {
  EXPECT_EQ(JsonOf(Episode()).at("position_seconds"), 105);
  EXPECT_EQ(JsonOf(Episode()).at("position_at"), "2026-02-18T12:00:05.000+00:00");
  media::PlaybackSession paused = Episode();
  paused.state = media::PlayState::kPaused;
  EXPECT_EQ(JsonOf(paused).at("position_seconds"), 100);
}

TEST_F(JsonTest, ASessionsThumbnailIsAnAddressOfTheImageProxy) {
  EXPECT_EQ(
      JsonOf(Episode(), "/matinee").at("thumbnail_url"),
      "/matinee/api/proxy/plex?path=%2Fphoto%2F%3A%2Ftranscode%3Fwidth%3D400%26url%3D%2Flibrary"
      "%2Fmetadata%2F1%2Fthumb%2F2&server=attic%20%26%20cellar");
}

}  // namespace
}  // namespace matinee::api
