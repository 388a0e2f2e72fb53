#include "telemetry/process_stats.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/files.h"

namespace matinee {
namespace {

constexpr std::string_view kLine =
    "1234 (a) b (c) S 1 1234 1234 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 998877 104857600 "
    "2560 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n";

TEST(ProcStatTest, IsParsedAfterAProgramNameWithParentheses) {
  const auto stat = ParseProcStat(kLine);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu_ticks, 300);
  EXPECT_EQ(stat->threads, 7);
  EXPECT_EQ(stat->start_ticks, 998877);
  EXPECT_EQ(stat->virtual_bytes, 104857600);
  EXPECT_EQ(stat->resident_pages, 2560);
}

TEST(ProcStatTest, IsEmptyWhenTruncated) {
  EXPECT_FALSE(ParseProcStat(""));
  EXPECT_FALSE(ParseProcStat("1234 (a) "));
  EXPECT_FALSE(ParseProcStat("1234 (a) S 1 2 3"));
  EXPECT_FALSE(ParseProcStat(kLine.substr(0, kLine.find("2560"))));
}

TEST(BootTimeTest, IsFoundAmongTheOtherLines) {
  EXPECT_EQ(ParseBootTime("cpu 1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n"), 1700000000);
  EXPECT_FALSE(ParseBootTime("cpu 1 2 3\n"));
  EXPECT_FALSE(ParseBootTime("btime soon\n"));
}

TEST(ProcessStatsTest, CountsTheDescriptorsThatAreOpen) {
  const double before = ReadProcessStats().open_fds;
  std::vector<UniqueFd> files;
  for (int i = 0; i < 5; ++i) files.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(ReadProcessStats().open_fds, before + 5);
}

TEST(ProcessStatsTest, CountsMemoryThatIsUsed) {
  const double before = ReadProcessStats().resident_memory_bytes;
  constexpr size_t kBytes = 64 << 20;
  const std::string block(kBytes, 'x');  // Written, so it is resident.
  EXPECT_GT(ReadProcessStats().resident_memory_bytes, before + 0.9 * kBytes) << block.size();
}

TEST(ProcessStatsTest, TheStartTimeIsRecent) {
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double started = ReadProcessStats().start_time_seconds;
  EXPECT_LE(started, now + 2);  // The boot time is known to a second only.
  EXPECT_GT(started, now - 600);
}

}  // namespace
}  // namespace matinee
