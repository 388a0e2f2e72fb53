#include "media/image_proxy.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/media/fake_server.h"

namespace matinee::media {
namespace {

constexpr const char* kRejected = "rejected";

std::string Allowed(MediaServerType source, const std::string& path) {
  const auto allowed = AllowedImagePath(source, path);
  if (allowed) return *allowed;
  EXPECT_EQ(allowed.error().code, Code::kPermissionDenied);
  EXPECT_FALSE(allowed.error().message.empty());
  return kRejected;
}
std::string Plex(const std::string& path) {
  return Allowed(MediaServerType::kPlex, path);
}
std::string Jellyfin(const std::string& path) {
  const std::string result = Allowed(MediaServerType::kJellyfin, path);
  EXPECT_EQ(result, Allowed(MediaServerType::kEmby, path));
  return result;
}

TEST(AllowedImagePathTest, AllowsTheThumbnailsOfTheApiContract) {
  EXPECT_EQ(Plex("/photo/:/transcode?width=400&height=225&minSize=1&url=/library/metadata/12158/"
                 "thumb/1771299229"),
            "/photo/:/transcode?width=400&height=225&minSize=1&url=%2Flibrary%2Fmetadata%2F12158%"
            "2Fthumb%2F1771299229");
  EXPECT_EQ(Jellyfin("/Items/0123456789abcdef0123456789abcdef/Images/Primary?maxWidth=400&"
                     "quality=80"),
            "/Items/0123456789abcdef0123456789abcdef/Images/Primary?maxWidth=400&quality=80");
}

TEST(AllowedImagePathTest, AllowsTheImagePathsOfRealServers) {
  for (const char* path : {"/library/metadata/1/thumb/2", "/library/metadata/1/art/2",
                           "/library/metadata/1/clearLogo/2", "/library/sections/3/composite/4",
                           "/library/media/5/chapterImages/1"}) {
    EXPECT_EQ(Plex(path), path);
  }
  for (const char* path :
       {"/Items/1-a/Images/Backdrop/0", "/Items/1/Images/Thumb?tag=abcdef&fillWidth=1&format=Webp",
        "/Users/0123456789abcdef0123456789abcdef/Images/Primary?quality=90"}) {
    EXPECT_EQ(Jellyfin(path), path);
  }
}

TEST(AllowedImagePathTest, AllowsChannelLogosOfPlexsOwnHosts) {
  const auto transcoded = [](const std::string& url) {
    return Plex("/photo/:/transcode?url=" + url);
  };
  EXPECT_EQ(transcoded("https://provider-static.plex.tv/epg/channels/s51307_h3_aa.png"),
            "/photo/:/transcode?url=https%3A%2F%2Fprovider-static.plex.tv%2Fepg%2Fchannels%2F"
            "s51307_h3_aa.png");
  EXPECT_NE(transcoded("http://tmsimg.plex.tv/h3/NowShowing/51307/s51307_h3_aa.png"), kRejected);
  for (const char* url :
       {"https://plex.tv/users/1/avatar", "https://images.plex.tv/photo?url=http://10.0.0.1/",
        "https://provider-static.plex.tv.evil.example/a.png", "https://tmsimg.plex.tv:80/a.png",
        "https://user@tmsimg.plex.tv/a.png", "https://tmsimg.plex.tv/a.png?url=http://10.0.0.1/",
        "https://tmsimg.plex.tv/../a.png", "https://tmsimg.plex.tv/a..png",
        "https://tmsimg.plex.tv//a.png", "https://tmsimg.plex.tv",
        "https://tmsimg.plex.tv/a%2500.png", "ftp://tmsimg.plex.tv/a.png",
        "https://evil.plex.direct/a.png", "https:///tmsimg.plex.tv/a.png"}) {
    EXPECT_EQ(transcoded(url), kRejected) << url;
  }
  // Only Plex's own transcoder fetches them.
  EXPECT_EQ(Plex("https://tmsimg.plex.tv/a.png"), kRejected);
}

TEST(AllowedImagePathTest, AllowsIdsWithUnderscores) {
  EXPECT_EQ(Jellyfin("/Items/a_1/Images/Primary?tag=b_2"), "/Items/a_1/Images/Primary?tag=b_2");
}

TEST(FirstAllowedImageTest, ReturnsTheFirstPathThatTheProxyAccepts) {
  const auto first = [](const std::vector<std::string>& paths) {
    return FirstAllowedImage(MediaServerType::kPlex, paths).value_or("none");
  };
  EXPECT_EQ(first({"/identity", "/library/metadata/1/thumb/2", "/library/metadata/3/thumb/4"}),
            "/library/metadata/1/thumb/2");
  EXPECT_EQ(first({"/identity"}), "none");
  EXPECT_EQ(first({}), "none");
}

TEST(AllowedImagePathTest, RejectsTheServersOwnApi) {
  for (const char* path :
       {"/", "", "/identity", "/myplex/account", "/:/prefs", "/status/sessions", "/accounts",
        "/library/sections/1/refresh", "/library/metadata/1", "/library/metadata/1/children",
        "/library/parts/1/2/file.mkv", "/library/metadata/1/thumb/2/3", "/photo/:/transcode",
        "/library/metadata/x/thumb/1", "/library/metadata/1/refresh/1", "/photo/:/",
        "/transcode/sessions", "/:/websockets/notifications", "/statistics/bandwidth"}) {
    EXPECT_EQ(Plex(path), kRejected) << path;
  }
  for (const char* path :
       {"/System/Info", "/Sessions", "/Users", "/Items/1", "/Items/1/Images", "/Auth/Keys",
        "/Items/1/Download", "/Items/1/Images/Primary/0/1", "/Items/1/Images/Password",
        "/Items/RemoteSearch/Image", "/Videos/1/stream", "/Environment/DirectoryContents",
        "/Users/1/Images/Primary/../../../Auth/Keys", "/web/index.html", "/System/Logs/Log"}) {
    EXPECT_EQ(Jellyfin(path), kRejected) << path;
  }
}

TEST(AllowedImagePathTest, RejectsOtherHosts) {
  for (const char* target :
       {"http://evil.example/library/metadata/1/thumb/2", "//evil.example/a", "https:/x",
        "@evil.example/library/metadata/1/thumb/2", "/@evil.example", "\\\\evil\\a",
        "/\\evil.example", ":80/library/metadata/1/thumb/2", "library/metadata/1/thumb/2",
        "//library/metadata/1/thumb/2", "/library//metadata/1/thumb/2"}) {
    EXPECT_EQ(Plex(target), kRejected) << target;
    EXPECT_EQ(Plex(std::string("/photo/:/transcode?url=") + target), kRejected) << target;
    EXPECT_EQ(Jellyfin(target), kRejected) << target;
  }
}

TEST(AllowedImagePathTest, RejectsEncodingTricks) {
  for (const char* path : {"/library/metadata/1/thumb/2/..",
                           "/library/metadata/../../identity",
                           "/library/metadata/1/thumb/%2e%2e",
                           "/library%2fmetadata/1/thumb/2",
                           "/library/metadata/1%2fthumb/2",
                           "/library/metadata/1/thumb/2%00",
                           "/library/metadata/1/thumb/2\r\nX-Evil: 1",
                           "/library/metadata/1/thumb/2\n",
                           "/library/metadata/1/thumb/2#a",
                           "/library/metadata/1/thumb/2;a",
                           "/library/metadata/ 1/thumb/2",
                           "/library/metadata/+1/thumb/2",
                           "/library/metadata/-1/thumb/2",
                           "/photo/:/transcode?url=http%3A%2F%2Finternal%2F",
                           "/photo/:/transcode?url=%252Flibrary%252Fmetadata%252F1%252Fthumb%252F2",
                           "/photo/:/transcode?url=/library/metadata/1/thumb/2%0d%0a",
                           "/photo/:/transcode?url=/library/metadata/1/thumb/2?X-Plex-Token=1",
                           "/photo/:/transcode?url=/library/metadata/1/thumb/2&url=http://x/",
                           "/photo/:/transcode?url=/photo/:/transcode",
                           "/photo/%3A/transcode?url=/a"}) {
    EXPECT_EQ(Plex(path), kRejected) << path;
  }
  EXPECT_EQ(Plex(std::string("/library/metadata/1/thumb/2\0", 28)), kRejected);
  EXPECT_EQ(Plex("/" + std::string(20000, '/')), kRejected);
}

TEST(AllowedImagePathTest, DecodesThePlexUrlOnceAndEncodesItAgain) {
  EXPECT_EQ(Plex("/photo/:/transcode?url=%2Flibrary%2Fmetadata%2F1%2Fthumb%2F2"),
            "/photo/:/transcode?url=%2Flibrary%2Fmetadata%2F1%2Fthumb%2F2");
}

TEST(AllowedImagePathTest, AllowsOnlyImageParametersEachOnceAndInBounds) {
  const std::string url = "&url=/library/metadata/1/thumb/2";
  for (const char* query : {"X-Plex-Token=a", "width=0", "width=4001", "width=1e3",
                            "width=", "width", "", "quality=101", "minSize=2", "width=1&width=2",
                            "format=svg", "url=/library/metadata/1/thumb/2", "Width=1"}) {
    EXPECT_EQ(Plex("/photo/:/transcode?" + std::string(query) + url), kRejected) << query;
  }
  EXPECT_EQ(Plex("/photo/:/transcode?width=400"), kRejected);
  EXPECT_EQ(Plex("/library/metadata/1/thumb/2?width=1"), kRejected);
  for (const char* query : {"ApiKey=a", "api_key=a", "tag=a/b", "tag=", "maxWidth=99999",
                            "quality=80&quality=80", "userId=1", "?", "&"}) {
    EXPECT_EQ(Jellyfin("/Items/1/Images/Primary?" + std::string(query)), kRejected) << query;
  }
}

TEST(ImageTypeTest, AllowsOnlyImagesThatAreSafeInABrowser) {
  EXPECT_EQ(ImageType("image/jpeg").value_or(""), "image/jpeg");
  EXPECT_EQ(ImageType(" Image/PNG ; charset=utf-8").value_or(""), "image/png");
  for (const char* type : {"", "text/html", "image/svg+xml", "image", "application/json",
                           "image/jpeg\r\nX: 1", "video/mp4"}) {
    EXPECT_FALSE(ImageType(type)) << type;
  }
}

TEST(FetchProxiedTest, FetchesAnImage) {
  FakeServer server("den", MediaServerType::kJellyfin, "jf-");
  const auto image = FetchProxied(server, "/Items/1/Images/Primary");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->content_type, "image/jpeg");
  EXPECT_EQ(image->bytes, "bytes");
  EXPECT_EQ(server.requested_image, "/Items/1/Images/Primary");
}

TEST(FetchProxiedTest, DoesNotSendARejectedPathToTheServer) {
  FakeServer server("den", MediaServerType::kJellyfin, "jf-");
  EXPECT_EQ(FetchProxied(server, "/Users").error().code, Code::kPermissionDenied);
  EXPECT_EQ(server.requested_image, "");
}

TEST(FetchProxiedTest, RejectsAResponseThatIsNotAnImage) {
  FakeServer server("den", MediaServerType::kJellyfin, "jf-");
  server.image = Image{"text/html", "<script>"};
  EXPECT_EQ(FetchProxied(server, "/Items/1/Images/Primary").error().code, Code::kBadGateway);
}

TEST(FetchProxiedTest, ReportsServerErrorsAsServerErrors) {
  FakeServer server("den", MediaServerType::kJellyfin, "jf-");
  server.image = Fail(Code::kUnauthenticated, "refused");
  EXPECT_EQ(FetchProxied(server, "/Items/1/Images/Primary").error().code, Code::kBadGateway);
  server.image = Fail(Code::kNotFound, "check the path in JELLYFIN_URL");
  const auto missing = FetchProxied(server, "/Items/1/Images/Primary");
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().message, "The media server has no such image.");
}

}  // namespace
}  // namespace matinee::media
