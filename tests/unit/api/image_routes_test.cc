// GET /api/proxy/{type}: images of media servers.
#include <string>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

class ImageRoutesTest : public ApiFixture {
 protected:
  static std::string ImageUrl(const std::string& type, const std::string& path,
                              const std::string& more = "") {
    return "/api/proxy/" + type + "?path=" + PercentEncode(path) + more;
  }
};

TEST_F(ImageRoutesTest, FetchesAnImageFromItsServer) {
  jellyfin_->HasImage(media::Image{"image/webp", "bytes"});
  const std::string path = "/Items/0123456789abcdef0123456789abcdef/Images/Primary?maxWidth=400";
  const http::Response response = Get(ImageUrl("jellyfin", path));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/webp");
  EXPECT_EQ(response.body, "bytes");
  EXPECT_EQ(Header(response, "Cache-Control"), "private, max-age=86400");
  EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(jellyfin_->requested_path(), path);
}

TEST_F(ImageRoutesTest, UsesTheNamedServerOrElseTheFirst) {
  plex_->HasImage(media::Image{"image/jpeg", "attic"});
  second_plex_->HasImage(media::Image{"image/jpeg", "cellar"});
  const std::string path = "/library/metadata/1/thumb/2";
  EXPECT_EQ(Get(ImageUrl("plex", path)).body, "attic");
  EXPECT_EQ(Get(ImageUrl("plex", path, "&server=attic")).body, "attic");
  EXPECT_EQ(Get(ImageUrl("plex", path, "&server=cellar")).body, "cellar");
  ExpectProblem(Get(ImageUrl("plex", path, "&server=jellyfin")), Code::kNotFound);
  ExpectProblem(Get(ImageUrl("plex", path, "&server=")), Code::kNotFound);
  ExpectProblem(Get(ImageUrl("emby", "/Items/1/Images/Primary")), Code::kNotFound);
}

TEST_F(ImageRoutesTest, RefusesPathsOtherThanImages) {
  for (const char* path :
       {"", "/", "/status/sessions", "/library/sections", "//evil/photo/:/transcode",
        "http://evil/library/metadata/1/thumb/2", "/library/metadata/1/thumb/2/../../../../status",
        "/library/metadata/1/thumb/2@evil", "\\\\evil\\share",
        "/library/metadata/1/thumb/2\r\nX: y", "/photo/:/transcode?url=http://evil/x",
        "/System/Info", "/Users"}) {
    ExpectProblem(Get(ImageUrl("plex", path)), Code::kPermissionDenied);
    ExpectProblem(Get(ImageUrl("jellyfin", path)), Code::kPermissionDenied);
  }
  EXPECT_EQ(plex_->requested_path(), "");
  EXPECT_EQ(jellyfin_->requested_path(), "");
}

TEST_F(ImageRoutesTest, RequiresOnePathAndAtMostOneServer) {
  ExpectProblem(Get("/api/proxy/plex"), Code::kInvalidArgument);
  ExpectProblem(Get("/api/proxy/plex?path=/a&path=/b"), Code::kInvalidArgument);
  ExpectProblem(Get(ImageUrl("plex", "/library/metadata/1/thumb/2", "&server=a&server=b")),
                Code::kInvalidArgument);
}

TEST_F(ImageRoutesTest, ReportsWhyThereIsNoImage) {
  const std::string path = ImageUrl("plex", "/library/metadata/1/thumb/2");
  ExpectProblem(Get(path), Code::kNotFound);
  plex_->HasImage(media::Image{"text/html", "<script>"});
  ExpectProblem(Get(path), Code::kBadGateway);
  plex_->HasImage(media::Image{"image/svg+xml", "<svg onload=1>"});
  ExpectProblem(Get(path), Code::kBadGateway);
  plex_->HasImage(Fail(Code::kDeadlineExceeded, "it took too long"));
  ExpectProblem(Get(path), Code::kDeadlineExceeded);
}

}  // namespace
}  // namespace matinee::api
