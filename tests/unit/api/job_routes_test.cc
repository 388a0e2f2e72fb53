// GET /api/jobs.
#include <nlohmann/json.hpp>

#include "tests/unit/api/api_fixture.h"

namespace matinee::api {
namespace {

using Json = nlohmann::json;

class JobRoutesTest : public ApiFixture {
 protected:
  Json GetJobs() {
    const http::Response response = Get("/api/jobs");
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }
};

TEST_F(JobRoutesTest, ListsTheQueuesWithTheirState) {
  SubmitTap();
  SubmitNew(100);
  ASSERT_TRUE(ReceiveJob());
  const Json queues = GetJobs()["queues"];
  ASSERT_EQ(queues.size(), 5U);
  EXPECT_EQ(queues[0]["name"], "screenshot");
  EXPECT_EQ(queues[0]["priority"], 1);
  EXPECT_EQ(queues[0]["reserved_slots"], 1);
  EXPECT_EQ(queues[0]["queued"], 0);
  EXPECT_EQ(queues[0]["in_flight"], 1);
  EXPECT_EQ(queues[1]["name"], "clip");
  EXPECT_EQ(queues[1]["queued"], 1);
  EXPECT_EQ(queues[2]["name"], "screenshot_bulk");
  EXPECT_EQ(queues[3]["name"], "clip_bulk");
  EXPECT_EQ(queues[4]["name"], "background");
}

TEST_F(JobRoutesTest, CountsTheJobsOfEachKindByPhase) {
  SubmitTap();
  ASSERT_TRUE(WorkOnce());
  SubmitNew(100);
  const Json kinds = GetJobs()["kinds"];
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0]["kind"], "capture");
  EXPECT_EQ(kinds[0]["phases"]["complete"], 1);
  EXPECT_EQ(kinds[0]["phases"]["queued"], 1);
  EXPECT_EQ(kinds[1]["kind"], "poster");
  EXPECT_EQ(kinds[1]["phases"]["queued"], 0);
}

TEST_F(JobRoutesTest, ListsDeadLettersWithTheirReason) {
  EXPECT_TRUE(GetJobs()["dead_letters"].empty());
  renderer_.FailWith(Code::kUnavailable);
  const capture::Capture capture = SubmitTap();
  for (int tries = 0; tries < jobs::kTriesMax; ++tries) {
    WorkOnce();
    clock_.Advance(std::chrono::minutes(1));
    Reconcile();
  }
  const Json dead_letters = GetJobs()["dead_letters"];
  ASSERT_EQ(dead_letters.size(), 1U);
  EXPECT_EQ(dead_letters[0]["queue"], "screenshot");
  EXPECT_EQ(dead_letters[0]["kind"], "capture");
  EXPECT_EQ(dead_letters[0]["subject"], capture.id);
  EXPECT_EQ(dead_letters[0]["reason"], "the renderer says unavailable");
}

TEST_F(JobRoutesTest, AnUnavailableDatabaseIsAProblem) {
  database_->FailOn("poster_count_by_phase");
  EXPECT_EQ(Get("/api/jobs").status, 503);
}

}  // namespace
}  // namespace matinee::api
