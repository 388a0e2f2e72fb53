// Requests for captures, single captures and the list.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using capture::Capture;
using capture::Phase;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kUnknownId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";

class CaptureRoutesTest : public ApiFixture {
 protected:
  http::Response PostClip(const std::string& more, const Headers& headers = {}) {
    return Post("/api/capture/clip", R"({"session_id": "plex-1")" + more + "}", headers);
  }
  static std::string IdOf(const http::Response& response) { return Body(response).value("id", ""); }
  std::vector<std::string> IdsOn(const std::string& target) {
    const http::Response response = Get(target);
    EXPECT_EQ(response.status, 200) << response.body;
    std::vector<std::string> ids;
    for (const json& capture : Body(response)) ids.push_back(capture.value("id", ""));
    return ids;
  }
};

// --- Screenshots -----------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, AnswersAScreenshotWhenItIsComplete) {
  worker_->Start();
  const http::Response response = PostTap();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Body(response).at("status"), "complete");
  EXPECT_EQ(Body(response).at("file_size_bytes"), 9);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Files(), FilesOf(Row(IdOf(response))));
}

TEST_F(CaptureRoutesTest, AnswersAFailedScreenshotWithItsErrorAndId) {
  renderer_.FailWith(Code::kMediaError);
  worker_->Start();
  const http::Response response = PostTap();
  ExpectProblem(response, Code::kMediaError);
  EXPECT_EQ(Body(response).at("detail"), "the renderer says media_error");
  EXPECT_EQ(Row(IdOf(response)).phase, Phase::kFailed);
}

TEST_F(CaptureRoutesTest, AnswersAtOnceIfTheClientPrefersAsync) {
  for (const char* prefer : {"respond-async", "wait=5, Respond-Async", "respond-async; foo=bar",
                             "handling=lenient ,respond-async"}) {
    clock_.Advance(seconds(1));
    const http::Response response = PostTap({{"prefer", prefer}});
    EXPECT_EQ(response.status, 202) << prefer;
    EXPECT_EQ(Body(response).at("phase"), "queued");
    EXPECT_EQ(Header(response, "Preference-Applied"), "respond-async");
    EXPECT_EQ(Header(response, "Location"), "/api/captures/" + IdOf(response));
  }
}

TEST_F(CaptureRoutesTest, Answers202AfterTenSeconds) {
  const auto begin = std::chrono::steady_clock::now();
  const http::Response response = PostTap({{"prefer", "wait=60, not-respond-async"}});
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(Header(response, "Location"), "/api/captures/" + IdOf(response));
  EXPECT_EQ(Header(response, "Preference-Applied"), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, kScreenshotWait);
}

TEST_F(CaptureRoutesTest, Answers409IfAScreenshotIsCancelled) {
  renderer_.Play(
      [this](const Capture& capture, const auto&, const auto&) -> Result<capture::RenderedFiles> {
        EXPECT_TRUE(service_->Cancel(capture.id));
        return Fail(Code::kCancelled, "stopped");
      });
  worker_->Start();
  const http::Response response = PostTap();
  ExpectProblem(response, Code::kConflict);
  EXPECT_EQ(Row(IdOf(response)).phase, Phase::kCancelled);
}

TEST_F(CaptureRoutesTest, Answers404IfAScreenshotIsDeleted) {
  renderer_.Play(
      [this](const Capture& capture, const auto&, const auto&) -> Result<capture::RenderedFiles> {
        EXPECT_TRUE(service_->Delete(capture.id));
        return Fail(Code::kCancelled, "stopped");
      });
  worker_->Start();
  ExpectProblem(PostTap(), Code::kNotFound);
}

TEST_F(CaptureRoutesTest, RefusesInvalidScreenshots) {
  ExpectProblem(Post("/api/capture/screenshot", "{"), Code::kMalformed);
  ExpectProblem(Post("/api/capture/screenshot", "{}"), Code::kInvalidArgument);
  ExpectProblem(Post("/api/capture/screenshot", R"({"session_id": "plex-2"})"), Code::kNotFound);
  ExpectProblem(
      Post("/api/capture/screenshot", R"({"session_id": "plex-1", "at": "2026-02-18T11:00:00Z"})"),
      Code::kInvalidArgument);
  files_.free_bytes = 0;
  ExpectProblem(PostTap(), Code::kInsufficientStorage);
  files_.free_bytes = kFreeBytesMin;
  database_->FailOn("capture_insert");
  const http::Response response = PostTap();
  ExpectProblem(response, Code::kUnavailable);
  EXPECT_NE(Header(response, "Retry-After"), "");
}

// --- Fair share --------------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, ATapOfAnotherClientComesBeforeABacklog) {
  client_ = "192.0.2.1";
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(PostTap({{"prefer", "respond-async"}, {"idempotency-key", "k-" + std::to_string(i)}})
                  .status,
              202);
  }
  client_ = "192.0.2.2";
  const std::string tap =
      IdOf(PostTap({{"prefer", "respond-async"}, {"idempotency-key", "other"}}));
  for (int i = 0; i <= capture::kFairShare; ++i) EXPECT_TRUE(WorkOnce());
  EXPECT_EQ(Row(tap).phase, Phase::kComplete);
}

TEST_F(CaptureRoutesTest, AClientWithTooManyUnfinishedCapturesGets429) {
  client_ = "192.0.2.1";
  const std::string first = IdOf(PostTap({{"prefer", "respond-async"}}));
  // By hand: five hundred commits would take seconds.
  ASSERT_TRUE(database_->Run(
      {"test",
       "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
       " part_start_seconds, capture_type, precise, requested_start_seconds, request_key, at_given,"
       " timestamp_seconds, file_name, file_size_bytes, has_thumbnail, phase, progress, attempt,"
       " tries, created_at, updated_at, client)"
       " SELECT id || '-' || n, source, server, session_id, media_title, media_path,"
       " part_start_seconds, capture_type, precise, requested_start_seconds, request_key, at_given,"
       " timestamp_seconds, file_name, file_size_bytes, has_thumbnail, phase, progress, attempt,"
       " tries, created_at, updated_at, client FROM captures,"
       " (WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)"
       "  SELECT n FROM number) AS numbers"},
      {capture::kUnfinishedOfClientMax - 1}));
  const Headers headers = {{"prefer", "respond-async"}, {"idempotency-key", "one-too-many"}};
  const http::Response refused = PostTap(headers);
  ExpectProblem(refused, Code::kTooManyRequests);
  EXPECT_NE(Header(refused, "Retry-After"), "");
  client_ = "192.0.2.2";
  EXPECT_EQ(PostTap({{"prefer", "respond-async"}, {"idempotency-key", "other"}}).status, 202);
  client_ = "192.0.2.1";
  ASSERT_TRUE(service_->Cancel(first));
  EXPECT_EQ(PostTap(headers).status, 202);
}

// --- Idempotency ------------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, MakesOneCaptureForAKey) {
  const Headers headers = {{"prefer", "respond-async"}, {"idempotency-key", "k-1"}};
  const http::Response first = PostTap(headers);
  clock_.Advance(seconds(60));
  EXPECT_EQ(IdOf(PostTap(headers)), IdOf(first));
  EXPECT_TRUE(WorkOnce());
  const http::Response later = PostTap(headers);
  EXPECT_EQ(later.status, 200);
  EXPECT_EQ(Body(later).at("status"), "complete");
}

TEST_F(CaptureRoutesTest, RefusesAKeyWithADifferentRequest) {
  EXPECT_EQ(PostClip(R"(, "relative_seconds": -30)", {{"idempotency-key", "k"}}).status, 200);
  ExpectProblem(PostClip(R"(, "relative_seconds": -31)", {{"idempotency-key", "k"}}),
                Code::kConflict);
  ExpectProblem(PostTap({{"idempotency-key", "k"}}), Code::kConflict);
}

TEST_F(CaptureRoutesTest, RefusesInvalidKeys) {
  for (const std::string& key :
       {std::string(), std::string(" "), std::string("a b"), std::string("a\tb"), std::string("é"),
        std::string("\x7F"), std::string("a\0b", 3), std::string(129, 'k')}) {
    ExpectProblem(PostTap({{"idempotency-key", key}}), Code::kInvalidArgument);
  }
  EXPECT_EQ(
      PostTap({{"prefer", "respond-async"}, {"idempotency-key", std::string(128, 'k')}}).status,
      202);
}

// --- Clips -----------------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, AnswersAClipAtOnce) {
  const http::Response response = PostClip(R"(, "start_seconds": 100, "end_seconds": 130)");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Body(response).at("status"), "pending");
  EXPECT_EQ(Body(response).at("requested_start_seconds"), 100);
  EXPECT_EQ(Body(response).at("requested_end_seconds"), 130);
  EXPECT_EQ(Body(response).at("precise"), false);
}

TEST_F(CaptureRoutesTest, RefusesInvalidClips) {
  for (const char* more :
       {"", R"(, "relative_seconds": 30)", R"(, "relative_seconds": -601)",
        R"(, "relative_seconds": -30, "start_seconds": 1, "end_seconds": 2)",
        R"(, "start_seconds": 130, "end_seconds": 100)", R"(, "start_seconds": 100)",
        R"(, "start_seconds": 1e300, "end_seconds": 1.1e300)",
        R"(, "start_seconds": -1e308, "end_seconds": 1e308)"}) {
    ExpectProblem(PostClip(more), Code::kInvalidArgument);
  }
  ExpectProblem(PostClip(R"(, "relative_seconds": -30, "relative_seconds": -60)"),
                Code::kMalformed);
}

// --- One capture -----------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, ReturnsACapture) {
  const Capture capture = SubmitTap();
  const http::Response response = Get("/api/captures/" + capture.id);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(IdOf(response), capture.id);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
}

TEST_F(CaptureRoutesTest, Answers404ForUnknownIds) {
  for (const std::string id : {kUnknownId, "1", "%00", "..", "%2e%2e%2fmatinee.db", "'; DROP TABLE",
                               "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47.jpg"}) {
    ExpectProblem(Get("/api/captures/" + id), Code::kNotFound);
    ExpectProblem(Delete("/api/captures/" + id), Code::kNotFound);
    ExpectProblem(Post("/api/captures/" + id + "/cancel"), Code::kNotFound);
    ExpectProblem(Post("/api/captures/" + id + "/retry"), Code::kNotFound);
    ExpectProblem(Get("/api/captures/" + id + "/file"), Code::kNotFound);
    ExpectProblem(Get("/api/captures/" + id + "/thumbnail"), Code::kNotFound);
  }
}

TEST_F(CaptureRoutesTest, CancelsAndRetries) {
  const Capture capture = SubmitTap();
  const std::string path = "/api/captures/" + capture.id;
  ExpectProblem(Post(path + "/retry"), Code::kConflict);
  for (const char* body : {"", "{}"}) {
    const http::Response cancelled = Post(path + "/cancel", body);
    EXPECT_EQ(cancelled.status, 200);
    EXPECT_EQ(Body(cancelled).at("phase"), "cancelled");
    EXPECT_EQ(Body(cancelled).at("status"), "failed");
    EXPECT_EQ(Body(cancelled).at("error_code"), "cancelled");
  }
  EXPECT_EQ(Body(Post(path + "/retry")).at("phase"), "queued");
  EXPECT_TRUE(WorkOnce());
  ExpectProblem(Post(path + "/cancel"), Code::kConflict);
  ExpectProblem(Post(path + "/retry"), Code::kConflict);
}

TEST_F(CaptureRoutesTest, RefusesABrokenBodyForCancelAndIgnoresUnknownFields) {
  const Capture capture = SubmitTap();
  ExpectProblem(Post("/api/captures/" + capture.id + "/cancel", "{"), Code::kMalformed);
  EXPECT_EQ(Row(capture.id).phase, Phase::kQueued);
  EXPECT_EQ(Post("/api/captures/" + capture.id + "/cancel", R"({"now": 1})").status, 200);
  EXPECT_EQ(Row(capture.id).phase, Phase::kCancelled);
}

TEST_F(CaptureRoutesTest, DeletesOnce) {
  const Capture capture = CompleteScreenshot();
  const http::Response response = Delete("/api/captures/" + capture.id);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Body(response), json({{"deleted", capture.id}}));
  EXPECT_TRUE(Files().empty());
  ExpectProblem(Delete("/api/captures/" + capture.id), Code::kNotFound);
  ExpectProblem(Get("/api/captures/" + capture.id), Code::kNotFound);
  EXPECT_TRUE(IdsOn("/api/captures").empty());
}

// --- The list --------------------------------------------------------------------------------

TEST_F(CaptureRoutesTest, ListsTheNewestFirst) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(seconds(1));
    ids.insert(ids.begin(), SubmitNew(i * 20).id);
  }
  EXPECT_EQ(IdsOn("/api/captures"), ids);
  const http::Response response = Get("/api/captures");
  EXPECT_EQ(Header(response, "X-Total-Count"), "3");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
}

TEST_F(CaptureRoutesTest, LinksTheOtherPages) {
  for (int i = 0; i < 5; ++i) SubmitNew(i * 20);
  const auto links = [this](const std::string& query) {
    return Header(Get("/api/captures?" + query), "Link");
  };
  const std::string list = "/api/captures?limit=";
  EXPECT_EQ(links("limit=2"), "<" + list + "2&offset=0>; rel=\"first\", <" + list +
                                  "2&offset=2>; rel=\"next\", <" + list +
                                  "2&offset=4>; rel=\"last\"");
  EXPECT_EQ(links("limit=2&offset=3"), "<" + list + "2&offset=0>; rel=\"first\", <" + list +
                                           "2&offset=1>; rel=\"prev\", <" + list +
                                           "2&offset=4>; rel=\"last\"");
  EXPECT_EQ(links("limit=2&offset=1&capture_type=clip"),
            "<" + list + "2&offset=0&capture_type=clip>; rel=\"first\", <" + list +
                "2&offset=0&capture_type=clip>; rel=\"prev\", <" + list +
                "2&offset=3&capture_type=clip>; rel=\"next\", <" + list +
                "2&offset=4&capture_type=clip>; rel=\"last\"");
  EXPECT_EQ(links("capture_type=screenshot"),
            "<" + list + "50&offset=0&capture_type=screenshot>; rel=\"first\", <" + list +
                "50&offset=0&capture_type=screenshot>; rel=\"last\"");
}

TEST_F(CaptureRoutesTest, ListsEveryCaptureByFollowingNext) {
  std::set<std::string> all;
  for (int i = 0; i < 7; ++i) all.insert(SubmitNew(i * 20).id);
  std::set<std::string> seen;
  std::string target = "/api/captures?limit=3";
  while (!target.empty()) {
    for (const std::string& id : IdsOn(target)) EXPECT_TRUE(seen.insert(id).second);
    const std::string link = Header(Get(target), "Link");
    const size_t next = link.find(">; rel=\"next\"");
    const size_t begin = next == std::string::npos ? next : link.rfind('<', next) + 1;
    target = next == std::string::npos ? "" : link.substr(begin, next - begin);
  }
  EXPECT_EQ(seen, all);
}

TEST_F(CaptureRoutesTest, RefusesInvalidQueryParameters) {
  for (const char* query : {"limit=1", "limit=200", "offset=0", "offset=1000000000",
                            "capture_type=clip", "unknown=1", ""}) {
    EXPECT_EQ(Get("/api/captures?" + std::string(query)).status, 200) << query;
  }
  for (const char* query : {"limit=0",
                            "limit=201",
                            "limit=-1",
                            "limit=abc",
                            "limit=",
                            "limit",
                            "limit=1.5",
                            "limit=1e2",
                            "limit=%2B5",
                            "limit=%205",
                            "limit=99999999999999999999",
                            "limit=NaN",
                            "limit=0x10",
                            "limit=10&limit=20",
                            "offset=-1",
                            "offset=1000000001",
                            "offset=99999999999999999999",
                            "offset=x",
                            "capture_type=film",
                            "capture_type=",
                            "capture_type=Clip",
                            "capture_type=clip&capture_type=clip"}) {
    ExpectProblem(Get("/api/captures?" + std::string(query)), Code::kInvalidArgument);
  }
}

TEST_F(CaptureRoutesTest, Answers503WhenTheDatabaseFails) {
  database_->FailOn("gallery_page");
  const http::Response list = Send(http::Method::kGet, "/api/captures");
  EXPECT_EQ(list.status, 503);
}

// --- Under a base path -----------------------------------------------------------------------

class BasePathTest : public ApiFixture {
 protected:
  BasePathTest() : ApiFixture("/matinee") {}
};

TEST_F(BasePathTest, EveryAddressBeginsWithTheBasePath) {
  const http::Response response = PostTap({{"prefer", "respond-async"}});
  EXPECT_EQ(Header(response, "Location"),
            "/matinee/api/captures/" + Body(response).value("id", ""));
  EXPECT_TRUE(Body(response).at("file_url").get<std::string>().starts_with("/matinee/captures/"));
  EXPECT_TRUE(Header(Get("/api/captures"), "Link").starts_with("</matinee/api/captures?"));
}

}  // namespace
}  // namespace matinee::api
