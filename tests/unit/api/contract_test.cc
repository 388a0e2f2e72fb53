// Compares the route table with the contract.
#include "tests/unit/api/contract.h"

#include <set>
#include <string>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

class RouteTableTest : public ApiFixture {
 protected:
  std::vector<http::Route> AllRoutes() { return Routes(MakeServices(), {}); }
};

TEST_F(RouteTableTest, HasExactlyTheOperationsOfTheContract) {
  std::set<std::string> operations;
  for (const http::Route& route : AllRoutes()) {
    const std::string operation = std::string(ToString(route.method)) + " " + route.path;
    EXPECT_TRUE(operations.insert(operation).second) << operation << " is repeated";
  }
  std::set<std::string> expected = contract_.Operations();
  // The server answers HEAD with the route of GET.
  std::erase_if(expected, [&](const std::string& operation) {
    return operation.starts_with("HEAD ") && operations.contains("GET " + operation.substr(5));
  });
  EXPECT_EQ(operations, expected);
}

// Routes on the network thread must not use the database, the disk or the network.
TEST_F(RouteTableTest, AnswersOnlySessionsOnTheNetworkThread) {
  for (const http::Route& route : AllRoutes()) {
    EXPECT_EQ(route.inline_on_network_thread, route.path == "/api/sessions") << route.path;
  }
}

// Sign-in will hold everything but the health back from strangers.
TEST_F(RouteTableTest, OnlyHealthIsPublic) {
  for (const http::Route& route : AllRoutes()) {
    EXPECT_EQ(route.access == http::Access::kPublic, route.path == "/api/health") << route.path;
  }
}

TEST(ContractTest, FindsViolations) {
  const Contract contract;
  const json good = {{"deleted", "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47"}};
  EXPECT_EQ(contract.Violations("Deleted", good), "");
  EXPECT_NE(contract.Violations("Deleted", {{"deleted", "x"}}), "");
  EXPECT_NE(contract.Violations("Deleted", {{"deleted", 1}}), "");
  EXPECT_NE(contract.Violations("Deleted", json::object()), "");
  EXPECT_NE(contract.Violations("Deleted", json::array()), "");
  json more = good;
  more["extra"] = 1;
  EXPECT_NE(contract.Violations("Deleted", more), "");
  EXPECT_EQ(contract.Violations("CaptureType", "clip"), "");
  EXPECT_NE(contract.Violations("CaptureType", "film"), "");
  EXPECT_NE(contract.AnswerViolations("GET /api/nothing", 200, "application/json", "{}"), "");
  EXPECT_NE(contract.AnswerViolations("DELETE /api/captures/{id}", 200, "text/html", ""), "");
  EXPECT_EQ(
      contract.AnswerViolations("DELETE /api/captures/{id}", 200, "application/json", good.dump()),
      "");
}

TEST(ContractTest, AcceptsEveryErrorCode) {
  const Contract contract;
  for (int code = 0; code <= static_cast<int>(Code::kInsufficientStorage); ++code) {
    const CodeInfo& info = InfoOf(static_cast<Code>(code));
    if (info.code == Code::kCancelled) continue;  // Of captures, not of requests.
    const json problem = {{"type", "about:blank"},
                          {"title", info.title},
                          {"detail", "x"},
                          {"status", info.http_status},
                          {"code", info.name}};
    EXPECT_EQ(contract.Violations("Problem", problem), "");
  }
}

}  // namespace
}  // namespace matinee::api
