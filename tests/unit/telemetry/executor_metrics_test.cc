#include "telemetry/executor_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace matinee {
namespace {

using testing::HasSubstr;

TEST(ExecutorMetrics, ShowWhatWaitsAndWhatWasRefused) {
  Metrics metrics;
  Executor executor("test", 1, 2);
  ExportExecutor(metrics, "test", executor.stats());
  std::promise<void> began;
  std::promise<void> go;
  ASSERT_TRUE(executor.TrySubmit([&] {
    began.set_value();
    go.get_future().wait();
  }));
  began.get_future().wait();
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
  EXPECT_FALSE(executor.TrySubmit([] {})) << "that is no overload";
  const std::string scrape = metrics.Scrape();
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_queue_length{executor=\"test\"} 0\n"));
  EXPECT_THAT(scrape, HasSubstr("matinee_executor_rejected_total{executor=\"test\"} 3\n"));
}

TEST(ExecutorMetrics, OutliveTheirExecutor) {
  Metrics metrics;
  {
    const Executor executor("test", 1, 1);
    ExportExecutor(metrics, "test", executor.stats());
  }
  EXPECT_THAT(metrics.Scrape(), HasSubstr("matinee_executor_queue_length{executor=\"test\"} 0\n"));
}

}  // namespace
}  // namespace matinee
