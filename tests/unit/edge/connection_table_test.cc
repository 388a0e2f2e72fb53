#include "edge/accept_limit/connection_table.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace matinee::edge {
namespace {

ClientAddress AddressOf(uint32_t number) {
  ClientAddress address{};
  for (size_t i = 0; i < 4; ++i) address[12 + i] = static_cast<uint8_t>(number >> (8 * i));
  return address;
}

class ConnectionTableTest : public ::testing::Test {
 protected:
  int Add(uint32_t address, uint32_t limit = 2) {
    return table_.Add(AddressOf(address), limit, pid_);
  }

  const pid_t pid_ = getpid();
  ConnectionTable& table_ = *ConnectionTable::Make(42);
};

TEST_F(ConnectionTableTest, RefusesBeyondTheLimitOfAnAddress) {
  const int first = Add(1);
  EXPECT_GE(first, 0);
  EXPECT_EQ(Add(1), first);
  EXPECT_EQ(Add(1), ConnectionTable::kRefused);
  EXPECT_GE(Add(2), 0) << "another address";
  table_.Remove(first, pid_);
  EXPECT_EQ(Add(1), first);
  EXPECT_EQ(Add(1), ConnectionTable::kRefused);
}

TEST_F(ConnectionTableTest, ForgetsAddressesWithoutConnections) {
  for (uint32_t i = 0; i < 100'000; ++i) {
    const int entry = Add(i);
    ASSERT_GE(entry, 0) << i;
    table_.Remove(entry, pid_);
  }
}

TEST_F(ConnectionTableTest, DoesNotRefuseWhatItCannotCount) {
  int uncounted = 0;
  for (uint32_t i = 0; i < 100'000; ++i) {
    const int entry = Add(i);
    ASSERT_NE(entry, ConnectionTable::kRefused);
    if (entry == ConnectionTable::kNotCounted) ++uncounted;
  }
  EXPECT_GT(uncounted, 0);
  table_.Remove(ConnectionTable::kNotCounted, pid_);
}

TEST_F(ConnectionTableTest, CountsOverProcessesUntilTheyEnd) {
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 2; ++i) table_.Add(AddressOf(1), 2, getpid());
    if (write(ready[1], "x", 1) == 1) pause();
    _exit(0);
  }
  ASSERT_GT(child, 0);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(Add(1), ConnectionTable::kRefused);
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  // The table looks for ended processes when a new one comes, as nginx starts one for each.
  const pid_t next = fork();
  if (next == 0) _exit(table_.Add(AddressOf(1), 2, getpid()) >= 0 ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(next, &status, 0), next);
  EXPECT_EQ(status, 0);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace matinee::edge
