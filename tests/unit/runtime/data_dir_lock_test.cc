#include "runtime/data_dir_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "tests/unit/temporary_folder.h"

namespace matinee {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) std::abort();
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

// Waits for one byte, or for the end of the pipe.
bool WaitForByte(const UniqueFd& fd) {
  char byte = 0;
  return ::read(fd.get(), &byte, 1) == 1;
}

void WriteByte(const UniqueFd& fd) {
  if (::write(fd.get(), "x", 1) != 1) std::abort();
}

// Runs `body` in a separate process, which ends after it.
pid_t InAProcess(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  body();
  _exit(EXIT_SUCCESS);
}

class DataDirLockTest : public testing::Test {
 protected:
  // Starts a process that locks the folder and then does `body`; returns once it is locked.
  pid_t StartOwner(const std::function<void()>& body) {
    Pipe locked;
    const pid_t pid = InAProcess([&] {
      const auto lock = LockDataDir(folder_.path());
      if (!lock) _exit(EXIT_FAILURE);
      body();
      WriteByte(locked.write);
      pause();
    });
    locked.write.Reset();
    EXPECT_TRUE(WaitForByte(locked.read)) << "the folder is not locked";
    return pid;
  }
  static void Kill(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  const TemporaryFolder folder_;
};

TEST_F(DataDirLockTest, ASecondProcessIsRefusedUntilTheFirstHasEnded) {
  const pid_t owner = StartOwner([] {});
  const auto refused = LockDataDir(folder_.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().message, "another Matinee is using " + folder_.path() +
                                         "; stop it, or give this one another DATA_DIR");
  Kill(owner);
  EXPECT_TRUE(LockDataDir(folder_.path()));
}

// It has copies of all descriptors until it calls exec.
TEST_F(DataDirLockTest, AChildThatWasJustForkedDoesNotKeepTheLockOfAKilledProcess) {
  Pipe end_of_test;
  const pid_t owner = StartOwner([&] {
    if (fork() != 0) return;
    end_of_test.write.Reset();
    WaitForByte(end_of_test.read);
    _exit(EXIT_SUCCESS);
  });
  Kill(owner);
  const auto lock = LockDataDir(folder_.path());
  EXPECT_TRUE(lock) << lock.error().message;
}

TEST_F(DataDirLockTest, Version010AndThisOneKeepEachOtherOut) {
  const std::string path = folder_.File("matinee.lock");
  UniqueFd old(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  ASSERT_EQ(flock(old.get(), LOCK_EX | LOCK_NB), 0);
  const auto refused = LockDataDir(folder_.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  ASSERT_EQ(flock(old.get(), LOCK_UN), 0);
  const auto lock = LockDataDir(folder_.path());
  ASSERT_TRUE(lock);
  EXPECT_NE(flock(old.get(), LOCK_EX | LOCK_NB), 0);
}

// No other file holds these locks, so none can be removed by hand.
TEST_F(DataDirLockTest, ADatabaseAndAFolderAreLockedThemselvesUnderAnyName) {
  const std::string path = folder_.Write("matinee.db", "");
  const std::string alias = folder_.File("alias.db");
  ASSERT_EQ(symlink(path.c_str(), alias.c_str()), 0);
  Pipe locked;
  const pid_t owner = InAProcess([&] {
    const auto database = LockDatabaseFile(path);
    const auto folder = LockCaptureFolder(folder_.path());
    if (!database || !folder) _exit(EXIT_FAILURE);
    WriteByte(locked.write);
    pause();
  });
  locked.write.Reset();
  ASSERT_TRUE(WaitForByte(locked.read));
  for (const std::string& name : {path, alias}) {
    const auto refused = LockDatabaseFile(name);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_NE(refused.error().message.find("DB_PATH"), std::string::npos);
  }
  const auto refused = LockCaptureFolder(folder_.path() + "/.");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("CAPTURE_DIR"), std::string::npos);
  Kill(owner);
  EXPECT_TRUE(LockDatabaseFile(path));
  EXPECT_TRUE(LockCaptureFolder(folder_.path()));
}

TEST_F(DataDirLockTest, AFolderThatCannotBeMadeIsNamed) {
  const std::string path = folder_.Write("file", "") + "/data";
  const auto refused = LockDataDir(path);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(path), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace matinee
