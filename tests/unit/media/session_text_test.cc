#include "media/session_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"

namespace matinee::media {
namespace {

TEST(EpisodeSubtitleTest, NamesSeasonEpisodeAndTitle) {
  EXPECT_EQ(EpisodeSubtitle(5, 14, std::nullopt, "Ozymandias"), "S05E14 — Ozymandias");
  EXPECT_EQ(EpisodeSubtitle(12, 100, std::nullopt, "X"), "S12E100 — X");
}

TEST(EpisodeSubtitleTest, ShowsSpecialsAsSeasonZero) {
  EXPECT_EQ(EpisodeSubtitle(0, 1, std::nullopt, "Pilot"), "S00E01 — Pilot");
  EXPECT_EQ(EpisodeSubtitle(0, 0, std::nullopt, ""), "S00E00");
}

TEST(EpisodeSubtitleTest, ShowsTheSpanOfADoubleEpisode) {
  EXPECT_EQ(EpisodeSubtitle(1, 1, 2, "Both"), "S01E01-E02 — Both");
  EXPECT_EQ(EpisodeSubtitle(1, 1, 1, "One"), "S01E01 — One");
}

TEST(EpisodeSubtitleTest, OmitsUnknownParts) {
  EXPECT_EQ(EpisodeSubtitle(std::nullopt, std::nullopt, std::nullopt, "Name"), "Name");
  EXPECT_EQ(EpisodeSubtitle(std::nullopt, 7, std::nullopt, ""), "E07");
  EXPECT_EQ(EpisodeSubtitle(std::nullopt, std::nullopt, std::nullopt, " "), std::nullopt);
}

TEST(CleanTextTest, SanitizesAnyBytes) {
  EXPECT_EQ(CleanText(" a\nb\xFF "), "a\\x0Ab\\xFF");
  const std::string long_text = CleanText(std::string(499, 'a') + "é" + std::string(1000, 'b'));
  EXPECT_EQ(long_text, std::string(499, 'a'));
  EXPECT_TRUE(IsUtf8(long_text));
}

TEST(MakeSessionIdTest, KeepsPlainIdsAndEscapesOthers) {
  EXPECT_EQ(MakeSessionId("plex-", "abc-1.2"), "plex-abc-1.2");
  EXPECT_EQ(MakeSessionId("jf-", "a/b c"), "jf-a_2Fb_20c");
  EXPECT_EQ(MakeSessionId("jf-", "\xC3\xA9"), "jf-_C3_A9");
}

TEST(MakeSessionIdTest, KeepsUnderscoresThatCannotBeMistaken) {
  EXPECT_EQ(MakeSessionId("plex-", "abc_def_1"), "plex-abc_def_1");
  EXPECT_EQ(MakeSessionId("plex-", "a_b1"), "plex-a_b1");
  EXPECT_EQ(MakeSessionId("plex-", "a_B1"), "plex-a_5FB1");
  EXPECT_EQ(MakeSessionId("plex-", "_a_"), "plex-_5Fa_5F");
  EXPECT_EQ(MakeSessionId("plex-", "a__b"), "plex-a_5F_b");
  EXPECT_EQ(MakeSessionId("plex-", "a_/"), "plex-a_5F_2F");
}

// All ids of up to five of these characters: the escape and the separator can be made of them.
TEST(MakeSessionIdTest, KeepsDifferentIdsDifferent) {
  std::set<std::string> made;
  std::vector<std::string> ids = {""};
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) {
      const std::string id = MakeSessionId("", ids[i]).value_or("");
      EXPECT_TRUE(made.insert(id).second) << ids[i] << " became " << id;
      EXPECT_EQ(id.find("__"), std::string::npos) << ids[i] << " became " << id;
      // A kept underscore never touches the separator.
      EXPECT_NE(id.back(), '_') << ids[i];
    }
    if (ids[i].size() == 5) continue;
    for (const char c : {'_', '2', 'F', '/', 'g'}) ids.push_back(ids[i] + c);
  }
  EXPECT_EQ(made.size(), 5U + 25 + 125 + 625 + 3125);
}

TEST(MakeSessionIdTest, RejectsInvalidIds) {
  EXPECT_FALSE(MakeSessionId("jf-", ""));
  EXPECT_FALSE(MakeSessionId("jf-", std::string(65, 'a')));
  // The API accepts ids of up to 256 bytes.
  EXPECT_LE(MakeSessionId("plex-", std::string(64, '/'))->size(), 256U);
}

TEST(SessionIdPrefixTest, ContainsTheServerNameFromTheSecondServerOn) {
  EXPECT_EQ(SessionIdPrefix(MediaServerType::kPlex, "plex", 0), "plex-");
  EXPECT_EQ(SessionIdPrefix(MediaServerType::kJellyfin, "attic", 1), "jf-attic__");
  EXPECT_EQ(SessionIdPrefix(MediaServerType::kEmby, "Omas Haus", 2), "emby-Omas_20Haus__");
  // An id of the first server cannot look like one of the second.
  EXPECT_NE(*MakeSessionId("jf-", "attic__1"), *MakeSessionId("jf-attic__", "1"));
}

TEST(MediaServerTypeTest, ConvertsToTextAndBack) {
  for (const MediaServerType source :
       {MediaServerType::kPlex, MediaServerType::kJellyfin, MediaServerType::kEmby}) {
    EXPECT_EQ(MediaServerTypeFromString(ToString(source)), source);
  }
  EXPECT_FALSE(MediaServerTypeFromString("Plex"));
}

TEST(PlaybackSessionTest, AdvancesOnlyWhilePlayingAndWithinItsDuration) {
  PlaybackSession session;
  session.position_at = WallTime(std::chrono::hours(1));
  session.position_seconds = 50;
  session.duration_seconds = 100;
  const auto later = session.position_at + std::chrono::milliseconds(1500);
  EXPECT_DOUBLE_EQ(session.PositionAt(later), 51.5);
  EXPECT_DOUBLE_EQ(session.PositionAt(session.position_at - std::chrono::seconds(2)), 48);
  EXPECT_DOUBLE_EQ(session.PositionAt(session.position_at + std::chrono::hours(1)), 100);
  EXPECT_DOUBLE_EQ(session.PositionAt(session.position_at - std::chrono::hours(1)), 0);
  session.state = PlayState::kPaused;
  EXPECT_DOUBLE_EQ(session.PositionAt(later), 50);
  session.state = PlayState::kBuffering;
  EXPECT_DOUBLE_EQ(session.PositionAt(later), 50);
}

}  // namespace
}  // namespace matinee::media
