// GET /api/sessions.
#include <chrono>
#include <vector>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using SessionRoutesTest = ApiFixture;

TEST_F(SessionRoutesTest, ListsNoSessionsBeforeTheFirstPoll) {
  const http::Response response = Get("/api/sessions");
  EXPECT_EQ(response.body, "[]");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
}

TEST_F(SessionRoutesTest, ListsSessionsWithTheirCurrentPosition) {
  plex_->Plays(std::vector{capture::Film()});
  sessions_->Start();
  Poll();
  clock_.Advance(std::chrono::seconds(5));
  const json sessions = Body(Get("/api/sessions"));
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions.at(0).at("session_id"), "plex-1");
  EXPECT_EQ(sessions.at(0).at("position_seconds"), 1005);
}

}  // namespace
}  // namespace matinee::api
