#include "http/router.h"

#include <gtest/gtest.h>

namespace matinee::http {
namespace {

Route At(Method method, const std::string& path) {
  return Sync(method, path, Access::kPublic, [](const Request&) { return Response{}; });
}

Router MakeRouter() {
  return Router({At(Method::kGet, "/api/captures/{id}"), At(Method::kDelete, "/api/captures/{id}"),
                 At(Method::kGet, "/api/captures/{id}/file"), At(Method::kGet, "/api/captures"),
                 At(Method::kGet, "/api/captures/newest"), At(Method::kPost, "/api/capture/clip"),
                 At(Method::kGet, "/")});
}

TEST(RouterTest, FindsFixedPathsAndParameters) {
  const Router router = MakeRouter();
  const auto match = router.Find(Method::kGet, {"api", "captures", "a b/c", "file"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.path_template, "/api/captures/{id}/file");
  EXPECT_EQ(match.params.at("id"), "a b/c");
  EXPECT_EQ(router.Find(Method::kGet, {""}).path_template, "/");
}

TEST(RouterTest, PrefersAFixedSegmentToAParameter) {
  const Router router = MakeRouter();
  EXPECT_EQ(router.Find(Method::kGet, {"api", "captures", "newest"}).path_template,
            "/api/captures/newest");
}

TEST(RouterTest, AnswersHeadByTheGetRoute) {
  const Router router = MakeRouter();
  EXPECT_EQ(router.Find(Method::kHead, {"api", "captures"}).route->method, Method::kGet);
  EXPECT_EQ(router.Find(Method::kHead, {"api", "capture", "clip"}).route, nullptr);
}

TEST(RouterTest, ListsTheMethodsOfAPath) {
  const Router router = MakeRouter();
  const auto match = router.Find(Method::kPost, {"api", "captures", "x"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.path_template, "/api/captures/{id}");
  EXPECT_EQ(match.allow, "GET, HEAD, DELETE, OPTIONS");
}

TEST(RouterTest, FindsNoRouteForOtherPaths) {
  const Router router = MakeRouter();
  const std::vector<std::vector<std::string>> unknown = {{},
                                                         {"api"},
                                                         {"api", "captures", ""},
                                                         {"api", "", "captures"},
                                                         {"API", "captures"},
                                                         {"api", "captures", "x", "file", ""}};
  for (const auto& segments : unknown) {
    const auto match = router.Find(Method::kGet, segments);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.path_template, "");
  }
  EXPECT_EQ(router.Find(Method::kGet, std::vector<std::string>(20001)).route, nullptr);
}

}  // namespace
}  // namespace matinee::http
