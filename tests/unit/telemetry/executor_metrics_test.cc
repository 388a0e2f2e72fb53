#include "telemetry/executor_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/unit/await.h"

namespace matinee {
namespace {

using testing::HasSubstr;

TEST(ExecutorMetricsTest, ShowQueuedAndRejectedTasks) {
  Metrics metrics;
  Executor executor("test", 1, 2);
  ExportExecutor(metrics, "test", executor.stats());
  std::promise<void> began;
  std::promise<void> go;
  ASSERT_TRUE(executor.TrySubmit([&] {
    began.set_value();
    Await(go);
  }));
  Await(began);
  ASSERT_TRUE(executor.TrySubmit([] {}));
  ASSERT_TRUE(executor.TrySubmit([] {}));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(executor.TrySubmit([] {}));
  for (int i = 0; i < 2; ++i) {
    const std::string scrape = metrics.Scrape();
    EXPECT_THAT(scrape, HasSubstr("matinee_executor_queue_length{executor=\"test\"} 2\n"));
    EXPECT_THAT(scrape, HasSubstr("matinee_executor_rejected_total{executor=\"test\"} 3\n"));
  }
  go.set_value();
  executor.Stop();
  EXPECT_FALSE(executor.TrySubmit([] {})) << "a stopped executor is not an overloaded one";
  const std::string scrape = metrics.Scrape();
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_queue_length{executor=\"test\"} 0\n"));
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_rejected_total{executor=\"test\"} 3\n"));
}

TEST(ExecutorMetricsTest, MayBeScrapedAfterTheExecutorIsDestroyed) {
  Metrics metrics;
  {
    const Executor executor("test", 1, 1);
    ExportExecutor(metrics, "test", executor.stats());
  }
  EXPECT_THAT(metrics.Scrape(), HasSubstr("matinee_executor_queue_length{executor=\"test\"} 0\n"));
}

}  // namespace
}  // namespace matinee
