#include "media/media_settings.h"

#include <sys/stat.h>

#include "tests/unit/load_section.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const config::Environment kPlex = {{"PLEX_URL", "http://nas:32400"}, {"PLEX_TOKEN", "sesame"}};

class MediaSettingsTest : public testing::Test {
 protected:
  MediaSettings Loaded(std::string_view yaml, const config::Environment& environment = {}) {
    return loader_.Load(yaml, environment);
  }
  MediaSettings LoadedFrom(const config::Environment& environment) {
    return loader_.LoadFrom(environment);
  }
  std::string ErrorOf(std::string_view yaml, const config::Environment& environment = {}) {
    return loader_.ErrorOf(yaml, environment);
  }
  std::string ErrorOfEnvironment(const config::Environment& environment) {
    return loader_.ErrorOfEnvironment(environment);
  }

  config::SectionLoader<MediaSettings> loader_{MediaSection};
};

using MediaServerListTest = MediaSettingsTest;
using PathMappingsTest = MediaSettingsTest;
using MediaRootsTest = MediaSettingsTest;

TEST_F(MediaServerListTest, ReadsTheVariablesInAFixedOrder) {
  config::Environment environment = kPlex;
  environment["EMBY_URL"] = "https://emby.example.org/emby/";
  environment["EMBY_API_KEY"] = "e";
  environment["JELLYFIN_URL"] = "http://[fd00::1]:8096";
  environment["JELLYFIN_API_KEY"] = "j";
  const auto servers = LoadedFrom(environment).servers;
  ASSERT_THAT(servers, SizeIs(3));
  EXPECT_EQ(servers[0].name, "plex");
  EXPECT_EQ(servers[0].source, MediaServerType::kPlex);
  EXPECT_EQ(servers[0].url, "http://nas:32400");
  EXPECT_EQ(servers[0].token.Reveal(), "sesame");
  EXPECT_EQ(servers[1].name, "jellyfin");
  EXPECT_EQ(servers[1].url, "http://[fd00::1]:8096");
  EXPECT_EQ(servers[2].source, MediaServerType::kEmby);
  EXPECT_EQ(servers[2].url, "https://emby.example.org/emby");
}

TEST_F(MediaServerListTest, WarnsOfAServerWithoutUrlOrToken) {
  const MediaSettings no_token = LoadedFrom({{"PLEX_URL", "http://nas:32400"}});
  EXPECT_THAT(no_token.servers, IsEmpty());
  EXPECT_THAT(loader_.warnings(),
              ElementsAre("PLEX_URL is set and PLEX_TOKEN is not: plex is left out"));
  const MediaSettings no_url = LoadedFrom({{"EMBY_API_KEY", "x"}});
  EXPECT_THAT(no_url.servers, IsEmpty());
  EXPECT_THAT(loader_.warnings(),
              ElementsAre("EMBY_API_KEY is set and EMBY_URL is not: emby is left out"));
}

TEST_F(MediaServerListTest, NeverQuotesAddressesAndTokens) {
  // Users paste whole links with their keys.
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_URL", "http://nas:32400/?X-Plex-Token=sesame"}}),
              AllOf(HasSubstr("PLEX_URL: the value is an address with a ? or # part"),
                    Not(HasSubstr("sesame"))));
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN", "open sesame"}}),
              AllOf(HasSubstr("PLEX_TOKEN: the value is not a token"), Not(HasSubstr("sesame"))));
  EXPECT_THAT(ErrorOf("plex_token: [sesame]"), Not(HasSubstr("sesame")));
  EXPECT_THAT(ErrorOf("media_servers: [{type: plex, url: 'http://u:sesame@nas', token: a}]"),
              AllOf(HasSubstr("user name"), Not(HasSubstr("sesame"))));
  EXPECT_THAT(ErrorOf("media_servers: [{type: plex, url: 'http://nas', token: 'a sesame'}]"),
              AllOf(HasSubstr("token"), Not(HasSubstr("sesame"))));
}

TEST_F(MediaServerListTest, ReadsATokenFromAFile) {
  const TemporaryFolder folder;
  const MediaSettings settings = LoadedFrom(
      {{"PLEX_URL", "http://nas:32400"}, {"PLEX_TOKEN_FILE", folder.Write("t", "sesame\n")}});
  ASSERT_THAT(settings.servers, SizeIs(1));
  EXPECT_EQ(settings.servers[0].token.Reveal(), "sesame");
}

TEST_F(MediaServerListTest, ReadsATokenFileOfTheYamlFileUnlessTheEnvironmentOverridesIt) {
  const TemporaryFolder folder;
  const std::string yaml =
      "plex_url: http://nas:32400\nplex_token_file: " + folder.Write("t", "from file") + "\n";
  EXPECT_THAT(ErrorOf(yaml), HasSubstr("is not a token"));
  EXPECT_EQ(Loaded(yaml, {{"PLEX_TOKEN", "x"}}).servers.at(0).token.Reveal(), "x");
}

TEST_F(MediaServerListTest, RefusesATokenThatIsGivenTwice) {
  EXPECT_EQ(ErrorOfEnvironment({{"PLEX_TOKEN", "x"}, {"PLEX_TOKEN_FILE", "/t"}}),
            "PLEX_TOKEN and PLEX_TOKEN_FILE are both set; set one of them");
  EXPECT_THAT(ErrorOf("plex_token: x\nplex_token_file: /t\n"), HasSubstr("are both set"));
  EXPECT_THAT(ErrorOf("media_servers: [{type: plex, url: 'http://a', token: x, token_file: /t}]"),
              HasSubstr("not both"));
}

TEST_F(MediaServerListTest, RefusesAFileWithoutAToken) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", "/nowhere/token"}}),
              AllOf(HasSubstr("PLEX_TOKEN_FILE"), HasSubstr("/nowhere/token")));
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", folder.Write("e", " \n")}}),
              HasSubstr("is empty"));
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", folder.path()}}), HasSubstr("is not a file"));
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", "/dev/zero"}}), HasSubstr("is not a file"));
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", pipe}}), HasSubstr("is not a file"))
      << "and it must not wait for a writer";
  EXPECT_THAT(ErrorOfEnvironment({{"PLEX_TOKEN_FILE", folder.Write("two", "sesame\nopen")}}),
              AllOf(HasSubstr("is not a token"), Not(HasSubstr("sesame"))));
}

TEST_F(MediaServerListTest, AppendsTheListToTheServersOfTheVariables) {
  const auto servers = Loaded(R"(
media_servers:
  - {name: attic, type: Jellyfin, url: "http://attic:8096/", token: a}
  - {type: emby, url: "http://nas:8096", token: b}
)",
                              kPlex)
                           .servers;
  ASSERT_THAT(servers, SizeIs(3));
  EXPECT_EQ(servers[0].name, "plex");
  EXPECT_EQ(servers[1].name, "attic");
  EXPECT_EQ(servers[1].source, MediaServerType::kJellyfin);
  EXPECT_EQ(servers[1].url, "http://attic:8096");
  EXPECT_EQ(servers[1].token.Reveal(), "a");
  EXPECT_EQ(servers[2].name, "emby") << "the default name is the type";
}

TEST_F(MediaServerListTest, RefusesDuplicateNames) {
  EXPECT_EQ(ErrorOf("media_servers:\n  - {type: plex, url: 'http://b', token: b}\n", kPlex),
            "matinee.yaml:2: media_servers: two servers have the name plex; give each a unique "
            "name");
  EXPECT_THAT(ErrorOf("media_servers: [{name: A, type: plex, url: 'http://a', token: a}, "
                      "{name: a, type: emby, url: 'http://b', token: b}]"),
              HasSubstr("have the name a"));
}

TEST_F(MediaServerListTest, RefusesIncompleteEntries) {
  const auto error_of_entry = [this](const std::string& entry) {
    return ErrorOf("media_servers: [" + entry + "]");
  };
  EXPECT_THAT(error_of_entry("{type: plex, url: 'http://a'}"), HasSubstr("lacks its token"));
  EXPECT_THAT(error_of_entry("{type: plex, token: a}"), HasSubstr("lacks its url"));
  EXPECT_THAT(error_of_entry("{url: 'http://a', token: a}"), HasSubstr("lacks its type"));
  EXPECT_THAT(error_of_entry("plex"), HasSubstr("must be a mapping"));
  EXPECT_THAT(error_of_entry("{type: kodi, url: 'http://a', token: a}"),
              HasSubstr("\"kodi\" is not one of plex, jellyfin, emby"));
  EXPECT_THAT(error_of_entry("{type: plex, url: 'http://a', token: a, tokn: b}"),
              HasSubstr("unknown key tokn"));
  EXPECT_THAT(error_of_entry("{name: 'a b', type: plex, url: 'http://a', token: a}"),
              HasSubstr("\"a b\" is not a name"));
  EXPECT_THAT(error_of_entry("{type: plex, url: [x], token: a}"),
              HasSubstr("url must be a string"));
  EXPECT_THAT(ErrorOf("media_servers: plex"), HasSubstr("must be a list, not a string"));
  EXPECT_THAT(Loaded("media_servers:\n").servers, IsEmpty());
}

TEST_F(MediaServerListTest, RefusesMoreThanSixteenEntries) {
  std::string yaml = "media_servers:\n";
  for (int i = 0; i < 17; ++i) {
    yaml += "  - {name: n" + std::to_string(i) + ", type: plex, url: 'http://a', token: a}\n";
  }
  EXPECT_THAT(ErrorOf(yaml), HasSubstr("more than 16 entries"));
}

TEST_F(PathMappingsTest, AreReadFromAStringAndFromAList) {
  config::Environment environment = kPlex;
  environment["PLEX_PATH_MAPPINGS"] = " /data/films = /media/films/ ; D:\\TV=/media/tv;";
  EXPECT_THAT(
      LoadedFrom(environment).servers.at(0).path_mappings,
      ElementsAre(PathMapping{"/data/films", "/media/films"}, PathMapping{"D:\\TV", "/media/tv"}));
  EXPECT_THAT(
      Loaded("plex_path_mappings: [{from: 'a=b', to: /c;d/}]", kPlex).servers.at(0).path_mappings,
      ElementsAre(PathMapping{"a=b", "/c;d"}));
}

TEST_F(PathMappingsTest, OfAServerPrecedeThoseOfAllServers) {
  const auto servers = Loaded(R"(
path_mappings: "/data=/all;/other=/other"
media_servers:
  - {name: a, type: plex, url: "http://a", token: a, path_mappings: [{from: /data, to: /own}]}
)",
                              kPlex)
                           .servers;
  EXPECT_THAT(servers.at(0).path_mappings,
              ElementsAre(PathMapping{"/data", "/all"}, PathMapping{"/other", "/other"}));
  EXPECT_THAT(servers.at(1).path_mappings,
              ElementsAre(PathMapping{"/data", "/own"}, PathMapping{"/other", "/other"}));
}

TEST_F(PathMappingsTest, AreRefusedIfTheyAreInvalid) {
  EXPECT_THAT(ErrorOfEnvironment({{"PATH_MAPPINGS", "/data"}}), HasSubstr("is not of the form"));
  EXPECT_THAT(ErrorOfEnvironment({{"PATH_MAPPINGS", "/data=media"}}),
              HasSubstr("\"media\", which is not an absolute path"));
  EXPECT_THAT(ErrorOfEnvironment({{"PATH_MAPPINGS", "=/media"}}), HasSubstr("without a folder"));
  EXPECT_THAT(ErrorOfEnvironment({{"PATH_MAPPINGS", "/a=/b;/a=/c"}}), HasSubstr("\"/a\" twice"));
  EXPECT_THAT(ErrorOf("path_mappings: [{from: /a}]"), HasSubstr("not an absolute path"));
  EXPECT_THAT(ErrorOf("path_mappings: [{form: /a, to: /b}]"), HasSubstr("unknown key form"));
  EXPECT_THAT(ErrorOf("path_mappings: [/a]"), HasSubstr("list of mappings"));
  EXPECT_THAT(ErrorOf("path_mappings: {from: /a, to: /b}"), HasSubstr("must be a string"));
}

TEST_F(MediaRootsTest, MustBeAbsolute) {
  EXPECT_EQ(ErrorOfEnvironment({{"MEDIA_ROOTS", "/films:tv"}}),
            "MEDIA_ROOTS: \"/films:tv\" has the entry \"tv\", which is not an absolute path such "
            "as /media");
}

}  // namespace
}  // namespace matinee::media
