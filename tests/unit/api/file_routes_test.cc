// Files: the API authorizes, nginx delivers.
#include <string>
#include <vector>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using capture::Capture;
using capture::Phase;

class FileRoutesTest : public ApiFixture {
 protected:
  static std::vector<std::string> AddressesOf(const Capture& capture) {
    return {"/api/captures/" + capture.id + "/file", "/api/captures/" + capture.id + "/thumbnail"};
  }
};

TEST_F(FileRoutesTest, RedirectsADownloadToNginx) {
  const Capture capture = CompleteScreenshot();
  const http::Response response = Get("/api/captures/" + capture.id + "/file");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.content_type, "image/jpeg");
  EXPECT_EQ(Header(response, "X-Accel-Redirect"), "/_captures/" + capture.id + ".jpg");
  EXPECT_EQ(Header(response, "Content-Disposition"),
            "attachment; filename=\"The Film 0-16-39.jpg\"; "
            "filename*=UTF-8''The%20Film%200-16-39.jpg");
}

TEST_F(FileRoutesTest, RedirectsAClipToNginx) {
  const Capture capture = SubmitNew(100);
  ASSERT_TRUE(WorkOnce());
  const http::Response download = Get("/api/captures/" + capture.id + "/file");
  EXPECT_EQ(download.content_type, "video/mp4");
  EXPECT_EQ(Header(download, "X-Accel-Redirect"), "/_captures/" + capture.id + ".mp4");
  const http::Response shown = Get("/captures/" + capture.file_name);
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.content_type, "video/mp4");
  EXPECT_EQ(Header(shown, "X-Accel-Redirect"), "/_captures/" + capture.id + ".mp4");
  EXPECT_TRUE(Header(shown, "Content-Disposition").starts_with("inline; filename="));
}

TEST_F(FileRoutesTest, RedirectsToTheFileOfALaterAttempt) {
  renderer_.FailWith(Code::kUnavailable);
  const Capture asked = SubmitTap();
  ASSERT_TRUE(WorkOnce());
  renderer_.Play(nullptr);
  ASSERT_EQ(WorkOn(asked).phase, Phase::kComplete);
  const std::string name = asked.id + ".2.jpg";
  EXPECT_EQ(Header(Get("/api/captures/" + asked.id + "/file"), "X-Accel-Redirect"),
            "/_captures/" + name);
  EXPECT_EQ(Header(Get("/api/captures/" + asked.id + "/thumbnail"), "X-Accel-Redirect"),
            "/_captures/thumbnails/" + name);
  EXPECT_EQ(Header(Get("/captures/" + name), "X-Accel-Redirect"), "/_captures/" + name);
  ExpectProblem(Get("/captures/" + asked.id + ".jpg"), Code::kNotFound);
}

TEST_F(FileRoutesTest, RedirectsAThumbnailToNginx) {
  const Capture capture = CompleteScreenshot();
  const http::Response response = Get("/api/captures/" + capture.id + "/thumbnail");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/jpeg");
  EXPECT_EQ(Header(response, "X-Accel-Redirect"), "/_captures/thumbnails/" + capture.id + ".jpg");
}

TEST_F(FileRoutesTest, Answers404ForAMissingThumbnail) {
  renderer_.Play(
      [this](const Capture& capture, const auto&, const auto&) -> Result<capture::RenderedFiles> {
        return renderer_.Make(capture, /*with_thumbnail=*/false);
      });
  const Capture capture = CompleteScreenshot();
  ExpectProblem(Get("/api/captures/" + capture.id + "/thumbnail"), Code::kNotFound);
  EXPECT_EQ(Get("/api/captures/" + capture.id + "/file").status, 200);
}

TEST_F(FileRoutesTest, Answers409UntilTheCaptureIsComplete) {
  for (const auto phase :
       {Phase::kQueued, Phase::kRunning, Phase::kRetrying, Phase::kFailed, Phase::kCancelled}) {
    const Capture capture = In(phase);
    for (const std::string& address : AddressesOf(capture)) {
      const http::Response response = Get(address);
      ExpectProblem(response, Code::kConflict);
      EXPECT_EQ(Header(response, "X-Accel-Redirect"), "");
    }
    ExpectProblem(Get("/captures/" + capture.file_name), Code::kNotFound);
  }
}

TEST_F(FileRoutesTest, Answers404ForADeletedCapture) {
  const Capture capture = CompleteScreenshot();
  ASSERT_TRUE(store_->SoftDelete(capture.id));
  for (const std::string& address : AddressesOf(capture)) {
    ExpectProblem(Get(address), Code::kNotFound);
  }
  ExpectProblem(Get("/captures/" + capture.file_name), Code::kNotFound);
}

TEST_F(FileRoutesTest, Answers404ForOtherFileNames) {
  const Capture capture = CompleteScreenshot();
  const std::string& id = capture.id;
  for (const std::string& name : {std::string("x"),
                                  std::string("."),
                                  std::string(".."),
                                  std::string("%2e%2e"),
                                  std::string("%2e%2e%2fmatinee.db"),
                                  std::string("..%2f..%2fetc%2fpasswd"),
                                  id,
                                  id + ".",
                                  id + ".mp4",
                                  id + ".JPG",
                                  id + ".jpg.",
                                  id + ".jpg%00",
                                  id + ".jpg%0d%0aX:%20y",
                                  id + ".jpg%2f",
                                  id + "..jpg",
                                  "." + id + ".jpg",
                                  "thumbnails%2f" + id + ".jpg",
                                  ".tmp%2f" + id + ".1.jpg",
                                  id + ".jpg%2f..%2f..%2fmatinee.db",
                                  id + "%2ejpg%20",
                                  std::string(4000, 'x')}) {
    const http::Response response = Get("/captures/" + name);
    ExpectProblem(response, Code::kNotFound);
    EXPECT_EQ(Header(response, "X-Accel-Redirect"), "") << name;
  }
  EXPECT_EQ(Get("/captures/" + id + ".jpg").status, 200);
  EXPECT_EQ(Get("/captures/" + id + "%2ejpg").status, 200);
}

TEST_F(FileRoutesTest, RemovesLineBreaksOfATitleFromHeaders) {
  media::PlaybackSession evil = capture::Film();
  evil.title = "a\r\nSet-Cookie: x=1\r\n\r\n<html>";
  lookup_ = [&evil](const std::string&, std::chrono::milliseconds,
                    const std::function<void(std::optional<media::PlaybackSession>)>& done) {
    done(evil);
  };
  const Capture capture = CompleteScreenshot();
  const http::Response response = Get("/api/captures/" + capture.id + "/file");
  EXPECT_EQ(response.status, 200);
  for (const auto& [name, value] : response.headers) {
    EXPECT_EQ(value.find_first_of(std::string("\r\n\0", 3)), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace matinee::api
