// GET /api/health.
#include <chrono>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using std::chrono::seconds;

using HealthRoutesTest = ApiFixture;

TEST_F(HealthRoutesTest, ReportsVersionUptimeSpaceAndMediaServers) {
  clock_.Advance(seconds(90));
  files_.free_bytes = 123;
  const http::Response response = Get("/api/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  const json health = Body(response);
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("version"), "1.2.3");
  EXPECT_EQ(health.at("time"), "2026-02-18T12:01:30.000+00:00");
  EXPECT_EQ(health.at("uptime_seconds"), 90);
  EXPECT_EQ(health.at("demo"), false);
  EXPECT_EQ(health.at("free_bytes"), 123);
  EXPECT_EQ(health.at("min_free_bytes"), kFreeBytesMin);
  EXPECT_EQ(health.at("capture_folder_notice"), nullptr);
  ASSERT_EQ(health.at("media_servers").size(), 3U);
  EXPECT_EQ(health.at("media_servers").at(0).at("name"), "attic");
  EXPECT_EQ(health.at("media_servers").at(0).at("status"), "unknown");
}

TEST_F(HealthRoutesTest, CountsTheSessionsThatHaveNoId) {
  jellyfin_->Plays(std::vector<media::PlaybackSession>{});
  jellyfin_->without_id = 2;
  EXPECT_EQ(Body(Get("/api/health")).at("media_servers").at(2).at("sessions_without_id"), 0);
  sessions_->Start();
  Poll();
  const json servers = Body(Get("/api/health")).at("media_servers");
  EXPECT_EQ(servers.at(0).at("sessions_without_id"), 0);
  EXPECT_EQ(servers.at(2).at("sessions_without_id"), 2);
}

TEST_F(HealthRoutesTest, IsOkWhenAllElseFails) {
  jellyfin_->Plays(Fail(Code::kUnauthenticated, "Jellyfin refuses the key (401). \xFF"));
  sessions_->Start();
  Poll();
  files_.free_bytes = -1;
  const json health = Body(Get("/api/health"));
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("free_bytes"), 0);
  EXPECT_EQ(health.at("media_servers").at(0).at("status"), "up");
  EXPECT_NE(health.at("media_servers").at(0).at("last_success_at"), nullptr);
  EXPECT_EQ(health.at("media_servers").at(2).at("status"), "down");
  EXPECT_NE(health.at("media_servers").at(2).at("error"), nullptr);
}

}  // namespace
}  // namespace matinee::api
