#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "base/strings.h"

namespace matinee {
namespace {

using testing::HasSubstr;

// The value of the sample whose line begins with `series`, e.g. "process_open_fds".
std::optional<double> Sample(const std::string& scrape, const std::string& series) {
  for (const std::string_view line : Split(scrape, '\n')) {
    if (line.starts_with(series + " ")) return ParseDouble(line.substr(series.size() + 1));
  }
  return std::nullopt;
}

TEST(MetricsTest, ScrapesACounterWithItsHelpAndLabels) {
  Metrics metrics;
  Counter& counter =
      metrics.GetCounter("matinee_jobs_total", "Jobs received.", {{"queue", "clip"}});
  counter.Add();
  counter.Add(2);
  const std::string scrape = metrics.Scrape();
  EXPECT_THAT(scrape, HasSubstr("# HELP matinee_jobs_total Jobs received.\n"));
  EXPECT_THAT(scrape, HasSubstr("# TYPE matinee_jobs_total counter\n"));
  EXPECT_EQ(Sample(scrape, "matinee_jobs_total{queue=\"clip\"}"), 3);
}

TEST(MetricsTest, ReturnsTheSameInstrumentForTheSameNameAndLabels) {
  Metrics metrics;
  Counter& first = metrics.GetCounter("a_total", "help", {{"x", "1"}});
  EXPECT_EQ(&first, &metrics.GetCounter("a_total", "help", {{"x", "1"}}));
  EXPECT_NE(&first, &metrics.GetCounter("a_total", "help", {{"x", "2"}}));
  EXPECT_EQ(&metrics.GetGauge("b", "help"), &metrics.GetGauge("b", "help"));
}

TEST(MetricsTest, AGaugeGoesUpAndDown) {
  Metrics metrics;
  Gauge& gauge = metrics.GetGauge("depth", "help");
  gauge.Set(5);
  gauge.Add(-2);
  EXPECT_EQ(Sample(metrics.Scrape(), "depth"), 3);
}

TEST(MetricsTest, AHistogramCountsObservationsInItsBuckets) {
  Metrics metrics;
  Histogram& histogram = metrics.GetHistogram("wait_seconds", "help", {0.1, 1});
  histogram.Observe(0.05);
  histogram.Observe(0.5);
  histogram.Observe(50);
  const std::string scrape = metrics.Scrape();
  EXPECT_EQ(Sample(scrape, "wait_seconds_bucket{le=\"0.1\"}"), 1);
  EXPECT_EQ(Sample(scrape, "wait_seconds_bucket{le=\"1\"}"), 2);
  EXPECT_EQ(Sample(scrape, "wait_seconds_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(Sample(scrape, "wait_seconds_count"), 3);
}

TEST(MetricsTest, EscapesLabelValues) {
  Metrics metrics;
  metrics.GetGauge("up", "help", {{"server", "a\"b\\c\nd"}}).Set(1);
  EXPECT_THAT(metrics.Scrape(), HasSubstr(R"(up{server="a\"b\\c\nd"} 1)"));
}

TEST(MetricsTest, CallsTheCallbacksAtEachScrape) {
  Metrics metrics;
  int length = 7;
  metrics.OnScrape([&] { metrics.GetGauge("queue_length", "help").Set(length); });
  EXPECT_EQ(Sample(metrics.Scrape(), "queue_length"), 7);
  length = 8;
  EXPECT_EQ(Sample(metrics.Scrape(), "queue_length"), 8);
}

TEST(MetricsTest, ScrapesTheStatisticsOfTheProcess) {
  Metrics metrics;
  const std::string scrape = metrics.Scrape();
  EXPECT_GT(Sample(scrape, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(Sample(scrape, "process_cpu_seconds_total"), 0);
  EXPECT_GE(Sample(scrape, "process_open_fds"), 3);
  EXPECT_GE(Sample(scrape, "process_threads"), 1);
  EXPECT_THAT(scrape, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
  EXPECT_THAT(scrape, HasSubstr("# TYPE process_open_fds gauge\n"));
}

TEST(MetricsTest, CountsUpdatesOfManyThreadsWithoutLoss) {
  Metrics metrics;
  std::vector<std::thread> threads;
  constexpr size_t kThreads = 4;
  constexpr int kAdds = 1000;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kAdds; ++j) metrics.GetCounter("n_total", "help").Add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Sample(metrics.Scrape(), "n_total"), kThreads * kAdds);
}

TEST(MetricsDeathTest, BucketsThatDoNotAscendAbort) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Metrics metrics;
        metrics.GetHistogram("x_seconds", "help", {1, 1});
      },
      "the bounds of a histogram ascend");
}

TEST(MetricsDeathTest, OneNameForTwoTypesAborts) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Metrics metrics;
        metrics.GetCounter("x", "help");
        metrics.GetGauge("x", "help");
      },
      "metric x");
}

}  // namespace
}  // namespace matinee
