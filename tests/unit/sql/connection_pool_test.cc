#include "sql/connection_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "telemetry/metrics.h"

namespace matinee::sql {
namespace {

using testing::HasSubstr;

struct FakeConnection {
  [[nodiscard]] bool Usable() const { return true; }
  [[nodiscard]] bool broken() const { return is_broken; }
  bool is_broken = false;
};

class ConnectionPoolTest : public testing::Test {
 protected:
  void ExpectConnections(int used, int idle) {
    const std::string scrape = metrics_.Scrape();
    const auto shows = [&scrape](const std::string& state, int count) {
      EXPECT_THAT(scrape, HasSubstr("matinee_pool_connections{pool=\"test\",state=\"" + state +
                                    "\"} " + std::to_string(count) + "\n"));
    };
    shows("used", used);
    shows("idle", idle);
    shows("max", 2);
  }

  SystemClock clock_;
  Metrics metrics_;
  bool opens_ = true;
  ConnectionPool<FakeConnection> pool_{"test", 2,
                                       [this]() -> Result<std::unique_ptr<FakeConnection>> {
                                         if (!opens_) return Fail(Code::kUnavailable, "away");
                                         return std::make_unique<FakeConnection>();
                                       },
                                       clock_, &metrics_};
};

TEST_F(ConnectionPoolTest, ShowsWhatIsLentAndWhatLiesReady) {
  ExpectConnections(0, 0);
  {
    const auto first = pool_.Get();
    const auto second = pool_.Get();
    ExpectConnections(2, 0);
  }
  ExpectConnections(0, 2);
  {
    const auto first = pool_.Get();
    ExpectConnections(1, 1);
    (*first)->is_broken = true;
  }
  ExpectConnections(0, 1);
}

TEST_F(ConnectionPoolTest, CountsNothingAsLentThatCouldNotBeOpened) {
  opens_ = false;
  EXPECT_FALSE(pool_.Get());
  ExpectConnections(0, 0);
}

TEST_F(ConnectionPoolTest, MeasuresHowLongCallersWait) {
  auto first = std::make_unique<Result<ConnectionPool<FakeConnection>::Lease>>(pool_.Get());
  const auto second = pool_.Get();
  auto third = std::async(std::launch::async, [this] { return pool_.Get().has_value(); });
  EXPECT_EQ(third.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  first.reset();
  EXPECT_TRUE(third.get());
  const std::string scrape = metrics_.Scrape();
  EXPECT_THAT(scrape, HasSubstr("matinee_pool_wait_seconds_count{pool=\"test\"} 3\n"));
  EXPECT_THAT(scrape, HasSubstr("matinee_pool_wait_seconds_bucket{pool=\"test\",le=\"0.01\"} 2\n"));
  EXPECT_THAT(scrape, HasSubstr("matinee_pool_timeouts_total{pool=\"test\"} 0\n"));
}

}  // namespace
}  // namespace matinee::sql
