#include "jobs/worker_settings.h"

#include <gtest/gtest.h>

namespace matinee::jobs {
namespace {

TEST(WorkerSettingsTest, CountsOnTheReservedProcessorsOrOnAll) {
  EXPECT_EQ(WorkerCpus({.cpus = 3}, 8), 3);
  EXPECT_EQ(WorkerCpus({.cpus = 0}, 8), 8);
}

TEST(WorkerSettingsTest, FfmpegHasUpToFourThreadsWhereLessIsReserved) {
  // A pod that requests 500m, rounded up to 1, on nodes of 8, 4, 2 and 1 processors.
  EXPECT_EQ(FfmpegThreads({.cpus = 1}, 8), 4);
  EXPECT_EQ(FfmpegThreads({.cpus = 1}, 4), 4);
  EXPECT_EQ(FfmpegThreads({.cpus = 1}, 2), 2);
  EXPECT_EQ(FfmpegThreads({.cpus = 1}, 1), 1);
}

TEST(WorkerSettingsTest, FfmpegHasAsManyThreadsAsReservedOrAsThereAre) {
  EXPECT_EQ(FfmpegThreads({.cpus = 6}, 8), 6);
  EXPECT_EQ(FfmpegThreads({.cpus = 0}, 8), 8);
  EXPECT_EQ(FfmpegThreads({.cpus = 0}, 2), 2);
}

}  // namespace
}  // namespace matinee::jobs
