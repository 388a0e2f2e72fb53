#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/time_format.h"
#include "tests/unit/manual_clock.h"

namespace matinee {
namespace {

TEST(NewIdTest, IsAUuidOfVersion7) {
  const ManualClock clock(FromMicros(1'645'557'742'000'000));  // The RFC's example, A.6.
  const std::string id = NewId(clock);
  EXPECT_TRUE(IsUuid(id)) << id;
  EXPECT_EQ(id.substr(0, 13), "017f22e2-79b0");
  EXPECT_EQ(id[14], '7') << id;
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
}

TEST(NewIdTest, SortsByAge) {
  ManualClock clock(*ParseTime("2026-02-18T12:00:00Z"));
  std::string before = NewId(clock);
  for (int i = 0; i < 100; ++i) {
    clock.Advance(std::chrono::milliseconds(1));
    const std::string id = NewId(clock);
    ASSERT_LT(before, id);
    before = id;
  }
}

TEST(NewIdTest, IsUniqueEvenWithinOneMillisecond) {
  const ManualClock clock(FromMicros(0));
  constexpr size_t kThreads = 4;
  constexpr size_t kIds = 5000;
  std::vector<std::vector<std::string>> created(kThreads);
  std::vector<std::thread> threads;
  for (auto& ids : created) {
    threads.emplace_back([&ids, &clock] {
      for (size_t i = 0; i < kIds; ++i) ids.push_back(NewId(clock));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : created) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), kThreads * kIds);
}

TEST(IsUuidTest, AcceptsOnlyTheFormOfAUuid) {
  EXPECT_TRUE(IsUuid("0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47"));
  EXPECT_TRUE(IsUuid("0190B6C1-7D3E-7C4F-9A51-0E2F6B1C8D47"));
  EXPECT_TRUE(IsUuid("00000000-0000-0000-0000-000000000000"));
  for (const std::string text :
       {"", "x", "0190b6c17d3e7c4f9a510e2f6b1c8d47", "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d4",
        "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d477", "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d4g",
        "0190b6c1_7d3e_7c4f_9a51_0e2f6b1c8d47", "{190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d4}",
        "../../../../../../../../../etc/passwd", "0190b6c1-7d3e-7c4f-9a510-e2f6b1c8d47",
        "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d4\n"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

}  // namespace
}  // namespace matinee
