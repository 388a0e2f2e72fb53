#include "media/plex_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/media/plex_samples.h"

namespace matinee::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<PlexSession> Rows(const std::string& inner) {
  auto rows = ParsePlexSessions(PlexContainer(inner));
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<PlexSession>{});
}

TEST(ParsePlexSessionsTest, ReadsADirectPlayOfAnEpisode) {
  const auto rows = Rows(PlexDirectPlay("/data/tv/Ozymandias.mkv"));
  ASSERT_THAT(rows, SizeIs(1));
  const PlexSession& row = rows[0];
  EXPECT_EQ(row.session_key, "42");
  EXPECT_EQ(row.session_id, "abc123");
  EXPECT_EQ(row.rating_key, "12158");
  EXPECT_EQ(row.title, "Breaking Bad");
  EXPECT_EQ(row.subtitle, "S05E14 — Ozymandias");
  EXPECT_EQ(row.media_type, "episode");
  EXPECT_EQ(row.year, 2013);
  EXPECT_EQ(row.user, "Anna");
  EXPECT_EQ(row.player, "Living room TV");
  EXPECT_THAT(row.thumbs, ElementsAre("/library/metadata/12158/thumb/1771299229",
                                      "/library/metadata/12100/thumb/1"));
  EXPECT_EQ(row.state, PlayState::kPlaying);
  EXPECT_EQ(row.view_offset_seconds, 1832.5);
  EXPECT_EQ(row.duration_seconds, 2874.0);
  EXPECT_FALSE(NeedsMetadata(row));
  const auto file = ChooseFile(row, row.media);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path, "/data/tv/Ozymandias.mkv");
  EXPECT_EQ(file->audio_stream_index, 2);
  EXPECT_EQ(file->part_start_seconds, 0);
}

TEST(ParsePlexSessionsTest, ReadsThePlayState) {
  EXPECT_EQ(Rows(PlexDirectPlay("/a", "1", "paused"))[0].state, PlayState::kPaused);
  EXPECT_EQ(Rows(PlexDirectPlay("/a", "1", "buffering"))[0].state, PlayState::kBuffering);
}

TEST(ParsePlexSessionsTest, ShowsSpecialsAsSeasonZero) {
  const auto rows = Rows(
      R"(<Video type="episode" grandparentTitle="Show" parentIndex="0" index="1" title="Extra"
          sessionKey="1"/>)");
  EXPECT_EQ(rows[0].subtitle, "S00E01 — Extra");
}

TEST(ParsePlexSessionsTest, SkipsMusicAndPhotos) {
  EXPECT_THAT(
      Rows(R"(<Track type="track" sessionKey="1" title="Song"><Player state="playing"/></Track>
                      <Photo type="photo" sessionKey="2" title="Beach"/>)"),
      IsEmpty());
}

TEST(ParsePlexSessionsTest, RecognisesLiveTvByAttributeOrKey) {
  EXPECT_TRUE(Rows(R"(<Video live="1" sessionKey="1" type="episode" title="News"/>)")[0].live);
  const auto by_key =
      Rows(R"(<Video key="/livetv/sessions/0a1b2c" sessionKey="1" type="clip" title="News"/>)");
  EXPECT_TRUE(by_key[0].live);
  EXPECT_EQ(by_key[0].media_type, "live_tv");
}

TEST(ParsePlexSessionsTest, RecognisesPreRolls) {
  const auto rows =
      Rows(R"(<Video type="clip" librarySectionID="-2" ratingKey="9" sessionKey="1" title="Ident"
               viewOffset="0"><Media id="1"><Part id="2"/></Media></Video>)");
  EXPECT_TRUE(rows[0].streamed_extra);
  EXPECT_EQ(rows[0].media_type, "trailer");
}

TEST(ParsePlexSessionsTest, TellsExtrasFromVideosBySubtypeOrExtraType) {
  const auto type = [](const std::string& attributes) {
    return Rows("<Video type=\"clip\" sessionKey=\"1\" " + attributes + "/>")[0].media_type;
  };
  EXPECT_EQ(type(R"(subtype="trailer")"), "trailer");
  EXPECT_EQ(type(R"(subtype="trailer" extraType="1")"), "trailer");
  EXPECT_EQ(type(R"(extraType="1")"), "trailer");
  EXPECT_EQ(type(R"(subtype="behindTheScenes" extraType="5")"), "video");
  EXPECT_EQ(type(R"(subtype="deletedScene")"), "video");
  EXPECT_EQ(type(""), "video");
}

TEST(ParsePlexSessionsTest, TreatsTheYearZeroAsUnknown) {
  EXPECT_FALSE(Rows(R"(<Video type="movie" sessionKey="1" year="0"/>)")[0].year);
}

TEST(ParsePlexSessionsTest, ReadsAllThumbsTheBestFirst) {
  EXPECT_THAT(Rows(R"(<Video sessionKey="1" grandparentThumb="/g" thumb="" parentThumb="/p">
                       <Media/><Media channelThumb="https://tmsimg.plex.tv/c.png"/></Video>)")[0]
                  .thumbs,
              ElementsAre("/p", "/g", "https://tmsimg.plex.tv/c.png"));
}

TEST(ParsePlexSessionsTest, ReadsOldPlayersWithFewAttributes) {
  const auto rows = Rows(R"(<Video type="movie" title="Old" sessionKey="3" ratingKey="8">
                              <Player title="DLNA box" state="playing"/></Video>)");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].session_id, "");
  EXPECT_FALSE(rows[0].view_offset_seconds);
  EXPECT_FALSE(rows[0].duration_seconds);
  EXPECT_TRUE(NeedsMetadata(rows[0]));
}

TEST(ParsePlexSessionsTest, TreatsOddAttributesAsUnknown) {
  const auto rows = Rows(
      R"(<Video type="movie" title="" sessionKey="1" viewOffset="-5" duration="1e99" year="x"
          index="99999999999999999999" parentIndex="" updatedAt="soon"/>)");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].title, "Untitled");
  EXPECT_FALSE(rows[0].view_offset_seconds);
  EXPECT_FALSE(rows[0].duration_seconds);
  EXPECT_FALSE(rows[0].year);
}

TEST(ParsePlexSessionsTest, SanitizesTexts) {
  const auto rows =
      Rows("<Video type=\"movie\" sessionKey=\"1\" title=\"a&#10;b&lt;i&gt;\xFF&quot;\"/>");
  EXPECT_EQ(rows[0].title, "a\\x0Ab<i>\\xFF\"");
}

TEST(ParsePlexSessionsTest, RejectsTextThatIsNotPlexsXml) {
  for (const char* text : {"", "{}", "<html><body>Login</body></html>", "<MediaContainer",
                           "\xFF\xFE", "<MediaContainer><Video sessionKey=\"1\""}) {
    const auto rows = ParsePlexSessions(text);
    ASSERT_FALSE(rows) << text;
    EXPECT_EQ(rows.error().code, Code::kBadGateway);
    EXPECT_THAT(rows.error().message, HasSubstr("Plex"));
  }
}

TEST(ParsePlexSessionsTest, AcceptsAnEmptyList) {
  EXPECT_THAT(*ParsePlexSessions("<MediaContainer size=\"0\"></MediaContainer>"), IsEmpty());
  EXPECT_THAT(*ParsePlexSessions("\xEF\xBB\xBF<MediaContainer size=\"0\"/>"), IsEmpty());
}

TEST(ParsePlexSessionsTest, ReadsABoundedNumberOfRows) {
  std::string many;
  for (int i = 0; i < 5000; ++i) many += fmt::format("<Video sessionKey=\"{}\"/>", i);
  EXPECT_THAT(Rows(many), SizeIs(200));
}

TEST(ParsePlexSessionsTest, SurvivesDeepNesting) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<Media>";
  EXPECT_FALSE(ParsePlexSessions("<MediaContainer><Video>" + deep));
  std::string closed = deep;
  for (int i = 0; i < 100000; ++i) closed += "</Media>";
  EXPECT_THAT(Rows("<Video sessionKey=\"1\">" + closed + "</Video>"), SizeIs(1));
}

TEST(ChoosePlexFileTest, FindsTheVersionOfATranscodeByItsIds) {
  const auto rows = Rows(PlexTranscode());
  ASSERT_TRUE(NeedsMetadata(rows[0]));
  const auto item = ParsePlexMetadata(PlexFilmItem("/data/films/Alien/4k.mkv"));
  ASSERT_TRUE(item);
  const auto file = ChooseFile(rows[0], *item);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path, "/data/films/Alien/4k.mkv");
  // The session selects stream 83; the item's own selection does not count.
  EXPECT_EQ(file->audio_stream_index, 2);
}

TEST(ChoosePlexFileTest, DoesNotGuessAVersion) {
  const auto rows = Rows(R"(<Video type="movie" sessionKey="1" ratingKey="500" viewOffset="1"/>)");
  const auto item = ParsePlexMetadata(PlexFilmItem("/x.mkv"));
  const auto file = ChooseFile(rows[0], *item);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("which version"));
}

TEST(ChoosePlexFileTest, ChoosesTheOnlyVersionOfAnItem) {
  const auto rows = Rows(R"(<Video type="movie" sessionKey="1" ratingKey="5" viewOffset="1"/>)");
  const auto item = ParsePlexMetadata(PlexContainer(
      R"(<Video ratingKey="5"><Media id="1"><Part id="2" file="/only.mkv"/></Media></Video>)"));
  EXPECT_EQ(ChooseFile(rows[0], *item)->path, "/only.mkv");
}

TEST(ChoosePlexFileTest, ChoosesTheSelectedVersionOfADirectPlay) {
  const auto rows = Rows(
      R"(<Video type="movie" sessionKey="1" ratingKey="5" viewOffset="1">
          <Media id="1"><Part id="2" file="/small.mkv"/></Media>
          <Media id="3" selected="1"><Part id="4" file="/large.mkv"/></Media></Video>)");
  EXPECT_FALSE(NeedsMetadata(rows[0]));
  EXPECT_EQ(ChooseFile(rows[0], rows[0].media)->path, "/large.mkv");
}

TEST(ChoosePlexFileTest, FailsWithoutAFile) {
  const auto rows = Rows(PlexTranscode());
  EXPECT_THAT(ChooseFile(rows[0], {}).error().message, HasSubstr("no file"));
  const auto item = ParsePlexMetadata(
      PlexContainer(R"(<Video ratingKey="5"><Media id="902"><Part id="1902"/></Media></Video>)"));
  EXPECT_THAT(ChooseFile(rows[0], *item).error().message, HasSubstr("no file"));
}

// An item in three files of 1000, 2000 and 500 seconds.
std::string Stack(const std::string& offset, const std::string& selected_part) {
  std::string parts;
  const char* durations[] = {"1000000", "2000000", "500000"};
  for (int i = 1; i <= 3; ++i) {
    const std::string id = std::to_string(i);
    parts += fmt::format(R"(<Part id="{}" file="/cd{}.avi" duration="{}"{}/>)", id, id,
                         durations[i - 1], id == selected_part ? " selected=\"1\"" : "");
  }
  return fmt::format(R"(<Video type="movie" sessionKey="1" ratingKey="5" duration="3500000"
                         viewOffset="{}"><Media id="1">{}</Media></Video>)",
                     offset, parts);
}

TEST(ChoosePlexFileTest, ComputesTheStartOfTheSelectedPart) {
  const auto rows = Rows(Stack("1500000", "2"));
  const auto file = ChooseFile(rows[0], rows[0].media);
  EXPECT_EQ(file->path, "/cd2.avi");
  EXPECT_EQ(file->part_start_seconds, 1000);
  EXPECT_EQ(file->offset_shift_seconds, 0);
}

TEST(ChoosePlexFileTest, FindsThePartByThePositionIfNoneIsSelected) {
  EXPECT_EQ(ChooseFile(Rows(Stack("999000", ""))[0], Rows(Stack("999000", ""))[0].media)->path,
            "/cd1.avi");
  const auto rows = Rows(Stack("3200000", ""));
  const auto file = ChooseFile(rows[0], rows[0].media);
  EXPECT_EQ(file->path, "/cd3.avi");
  EXPECT_EQ(file->part_start_seconds, 3000);
}

TEST(ChoosePlexFileTest, CorrectsPlayersThatCountFromTheBeginningOfThePart) {
  const auto rows = Rows(Stack("200000", "3"));
  const auto file = ChooseFile(rows[0], rows[0].media);
  EXPECT_EQ(file->path, "/cd3.avi");
  EXPECT_EQ(file->offset_shift_seconds, 3000);
}

TEST(ChoosePlexFileTest, NeedsMetadataWhenTheSessionListsOnePartOfSeveral) {
  const auto rows = Rows(
      R"(<Video type="movie" sessionKey="1" ratingKey="5" duration="3500000" viewOffset="1500000">
          <Media id="1" selected="1"><Part id="2" file="/cd2.avi" duration="2000000" selected="1"/>
          </Media></Video>)");
  ASSERT_TRUE(NeedsMetadata(rows[0]));
  const auto item = ParsePlexMetadata(PlexContainer(Stack("0", "")));
  EXPECT_EQ(ChooseFile(rows[0], *item)->part_start_seconds, 1000);
}

TEST(ChoosePlexFileTest, FailsForAPartAfterOneOfUnknownDuration) {
  const auto rows = Rows(
      R"(<Video sessionKey="1" viewOffset="5000"><Media id="1"><Part id="1" file="/1"/>
          <Part id="2" file="/2" selected="1"/></Media></Video>)");
  EXPECT_THAT(ChooseFile(rows[0], rows[0].media).error().message, HasSubstr("how long"));
}

TEST(WithoutDuplicatesTest, MatchesRowsByKeyOrSessionOrPlayerAndItem) {
  const auto count = [](const std::string& a, const std::string& b) {
    return WithoutDuplicates(Rows(a + b)).size();
  };
  EXPECT_EQ(count(R"(<Video sessionKey="1"/>)", R"(<Video sessionKey="1"/>)"), 1U);
  EXPECT_EQ(count(R"(<Video sessionKey="1"/>)", R"(<Video sessionKey="2"/>)"), 2U);
  EXPECT_EQ(count(R"(<Video sessionKey="1"><Session id="a"/></Video>)",
                  R"(<Video sessionKey="2"><Session id="a"/></Video>)"),
            1U);
  const std::string row = R"(ratingKey="5"><User id="1"/><Player machineIdentifier="m"/></Video>)";
  EXPECT_EQ(count(R"(<Video sessionKey="1" )" + row, R"(<Video sessionKey="2" )" + row), 1U);
  EXPECT_EQ(count("<Video/>", "<Video/>"), 2U);
}

TEST(WithoutDuplicatesTest, KeepsTheMostCompleteRow) {
  const auto rows = WithoutDuplicates(
      Rows(R"(<Video sessionKey="1" title="bare"/>)"
           R"(<Video sessionKey="1" title="full" viewOffset="5"><Media><Part file="/a"/></Media>
               <Session id="a"/></Video>)"
           R"(<Video sessionKey="1" title="half" viewOffset="5"/>)"));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].title, "full");
}

TEST(ParsePlexLibrariesTest, ListsTheFoldersOfMoviesAndSeries) {
  const auto folders = ParsePlexLibraries(PlexContainer(
      R"(<Directory key="1" title="Films" type="movie"><Location id="1" path="/data/films"/>
          <Location id="2" path="/data/more"/></Directory>
          <Directory key="2" title="Series" type="show"><Location id="3" path="/data/tv"/></Directory>
          <Directory key="3" title="Music" type="artist"><Location id="4" path="/m"/></Directory>)"));
  ASSERT_THAT(*folders, SizeIs(3));
  EXPECT_EQ((*folders)[1], std::make_pair(std::string("Films"), std::string("/data/more")));
}

}  // namespace
}  // namespace matinee::media
