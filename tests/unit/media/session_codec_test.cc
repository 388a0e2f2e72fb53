#include "media/session_codec.h"

#include <gtest/gtest.h>

#include "base/time_format.h"

namespace matinee::media {
namespace {

std::vector<ServerSnapshot> Everything() {
  ServerSnapshot up;
  up.status.name = "living room";
  up.status.source = MediaServerType::kJellyfin;
  up.status.state = ServerStatus::State::kUp;
  up.status.sessions_without_id = 3;
  up.status.last_success = *ParseTime("2026-02-18T12:00:00.123456Z");
  PlaybackSession session;
  session.session_id = "jf-1";
  session.source = MediaServerType::kJellyfin;
  session.server = "living room";
  session.title = "Das \"Boot\"\n½";
  session.subtitle = "S01E02";
  session.media_type = "episode";
  session.year = 1981;
  session.user = "Anna";
  session.player = "TV";
  session.thumbnail_path = "/Items/1/Images/Primary";
  session.state = PlayState::kPaused;
  session.position_seconds = 12.345678;
  session.position_at = *ParseTime("2026-02-18T11:59:59.5Z");
  session.duration_seconds = 3600.5;
  session.media_path = "/media/\xff\xfe \"quoted\"\n%41.mkv";
  session.part_start_seconds = 60;
  session.audio_stream_index = 2;
  session.capturable = true;
  PlaybackSession bare;
  bare.session_id = "jf-2";
  bare.not_capturable_reason = "Music.";
  up.sessions = {session, bare};
  ServerSnapshot down;
  down.status.name = "den";
  down.status.state = ServerStatus::State::kDown;
  down.status.error = "no answer";
  return {up, down};
}

TEST(SessionCodecTest, DecodesWhatItEncoded) {
  const auto before = Everything();
  const auto after = DecodeSessions(EncodeSessions(before));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->size(), 2U);
  EXPECT_EQ(EncodeSessions(*after), EncodeSessions(before));
  const PlaybackSession& session = after->at(0).sessions.at(0);
  EXPECT_EQ(session.media_path, before[0].sessions[0].media_path);
  EXPECT_EQ(session.title, before[0].sessions[0].title);
  EXPECT_EQ(session.position_at, before[0].sessions[0].position_at);
  EXPECT_EQ(session.audio_stream_index, 2);
  EXPECT_EQ(session.state, PlayState::kPaused);
  EXPECT_FALSE(after->at(0).sessions.at(1).duration_seconds);
  EXPECT_EQ(after->at(0).status.last_success, before[0].status.last_success);
  EXPECT_EQ(after->at(0).status.sessions_without_id, 3U);
  EXPECT_EQ(after->at(1).status.error, "no answer");
  EXPECT_FALSE(after->at(1).status.last_success);
}

TEST(SessionCodecTest, ReplacesInvalidUtf8) {
  auto servers = Everything();
  servers[0].sessions[0].title = "\xff";
  EXPECT_TRUE(DecodeSessions(EncodeSessions(servers)));
}

TEST(SessionCodecTest, RejectsMalformedSnapshots) {
  for (const char* text :
       {"", "{}", "null", "[1]", "[{}]", R"([{"status":{}}])",
        R"([{"status":{"source":"plex"},"sessions":{}}])",
        R"([{"status":{"source":"plex"},"sessions":[{}]}])",
        R"([{"status":{"source":"vhs"},"sessions":[]}])",
        R"([{"status":{"source":"plex","state":9},"sessions":[]}])",
        R"([{"status":{"source":"plex"},"sessions":[{"id":"a","source":"plex","state":-1}]}])"}) {
    const auto refused = DecodeSessions(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Code::kMalformed);
  }
}

TEST(SessionCodecTest, RejectsMoreThanAnyServerSends) {
  const std::string session = R"({"id":"a","source":"plex"})";
  std::string many = session;
  for (int i = 0; i < 10000; ++i) many += "," + session;
  EXPECT_FALSE(DecodeSessions(R"([{"status":{"source":"plex"},"sessions":[)" + many + "]}]"));
  const std::string server = R"({"status":{"source":"plex"},"sessions":[]})";
  std::string servers = server;
  for (int i = 0; i < 1000; ++i) servers += "," + server;
  EXPECT_FALSE(DecodeSessions("[" + servers + "]"));
  EXPECT_TRUE(DecodeSessions("[" + server + "," + server + "]"));
}

TEST(SessionCodecTest, IgnoresFieldsOfAnotherType) {
  const auto servers = DecodeSessions(
      R"([{"status":{"source":"plex","name":3},"sessions":[{"id":"a","source":"plex","year":1e300,"audio_stream_index":99999999999,"media_path":"%zz"}]}])");
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->at(0).status.name, "");
  EXPECT_FALSE(servers->at(0).sessions.at(0).year);
  EXPECT_FALSE(servers->at(0).sessions.at(0).audio_stream_index);
  EXPECT_EQ(servers->at(0).sessions.at(0).media_path, "");
}

}  // namespace
}  // namespace matinee::media
