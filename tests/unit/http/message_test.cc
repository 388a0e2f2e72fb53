#include "http/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace matinee::http {
namespace {

TEST(MethodTest, NamesRoundTrip) {
  for (const auto method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                            Method::kPatch, Method::kDelete, Method::kOptions}) {
    EXPECT_EQ(MethodFromName(ToString(method)), method);
  }
  EXPECT_EQ(MethodFromName("get"), std::nullopt);
  EXPECT_EQ(MethodFromName("TRACE"), std::nullopt);
}

TEST(RequestTest, RefusesARepeatedQueryParameter) {
  Request request;
  request.query = {{"limit", "5"}, {"offset", "1"}, {"offset", "2"}};
  EXPECT_EQ(request.Query("limit").value(), "5");
  EXPECT_EQ(request.Query("other").value(), std::nullopt);
  EXPECT_EQ(request.Query("offset").error().code, Code::kInvalidArgument);
}

TEST(RequestTest, FindsHeaders) {
  Request request;
  request.headers = {{"prefer", "respond-async"}};
  EXPECT_EQ(request.Header("prefer"), "respond-async");
  EXPECT_EQ(request.Header("accept"), std::nullopt);
}

TEST(ProblemTest, HasTheMembersOfRfc9457) {
  const Response response = Response::Problem(404, "not_found", "Not found", "No \"x\"\n here.");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto json = nlohmann::json::parse(response.body);
  EXPECT_EQ(json["type"], "about:blank");
  EXPECT_EQ(json["title"], "Not found");
  EXPECT_EQ(json["status"], 404);
  EXPECT_EQ(json["detail"], "No \"x\"\n here.");
  EXPECT_EQ(json["code"], "not_found");
}

TEST(ProblemTest, AddsFurtherMembers) {
  const Response response =
      Response::FromError({Code::kMediaError, "torn"}, R"("id":"0190","n":[1])");
  const auto json = nlohmann::json::parse(response.body);
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(json["id"], "0190");
  EXPECT_EQ(json["n"][0], 1);
}

TEST(ProblemTest, IsValidJsonWithInvalidUtf8) {
  const Response response = Response::FromError({Code::kNotFound, "bad \xff\xfe bytes"});
  EXPECT_TRUE(nlohmann::json::accept(response.body));
}

TEST(ProblemTest, OfUnavailabilityHasRetryAfter) {
  const Response response = Response::FromError({Code::kUnavailable, "busy"});
  EXPECT_EQ(response.status, 503);
  bool found = false;
  for (const auto& [name, value] : response.headers) found = found || name == "Retry-After";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace matinee::http
