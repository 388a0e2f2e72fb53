#include "process/confinement.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/files.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::process {
namespace {

using ::testing::HasSubstr;

bool KernelHasLandlock() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

class ConfinementTest : public ::testing::Test {
 protected:
  // Runs a script in bash, which can open sockets.
  Exit Run(const std::string& script, const Confinement& confinement,
           const std::vector<int>& descriptors = {}) {
    Command command;
    command.argv = {"/bin/bash", "-c", script};
    command.confinement = confinement;
    command.descriptors = descriptors;
    const auto exit = runner_.Run(command, {});
    EXPECT_TRUE(exit) << exit.error().message;
    return exit.value_or(Exit{});
  }

  SystemRunner runner_;
  const TemporaryFolder folder_;
  const std::string file_ = folder_.Write("a/film.mkv", "film");
  const std::string secret_ = folder_.Write("b/secret", "secret");
};

class LandlockTest : public ConfinementTest {
 protected:
  void SetUp() override {
    if (!KernelHasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  }
};

TEST_F(LandlockTest, AChildReadsWhatItIsGivenAndNothingElse) {
  const std::string script = "cat " + file_ + "; cat " + secret_;
  const Exit free = Run(script, {.readable = {folder_.path()}});
  EXPECT_EQ(free.out, "filmsecret") << free.err;
  const Exit confined = Run(script, {.readable = {file_}});
  EXPECT_EQ(confined.out, "film") << confined.err;
  EXPECT_THAT(confined.err, HasSubstr("secret: Permission denied"));
  const Exit nothing = Run("cat /etc/shadow /etc/hosts /proc/1/environ", {});
  EXPECT_EQ(nothing.out, "");
}

TEST_F(LandlockTest, AChildReadsTheFilesOfItsDescriptors) {
  const UniqueFd file(open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  const Exit exit = Run("cat /proc/self/fd/3; cat " + secret_, {}, {file.get()});
  EXPECT_EQ(exit.out, "film") << exit.err;
}

TEST_F(LandlockTest, AChildWritesOnlyIntoItsFolder) {
  const std::string out = folder_.path() + "/out";
  std::filesystem::create_directory(out);
  const Exit exit = Run("echo made > " + out + "/new && cat " + out + "/new && rm " + out +
                            "/new; echo bad > " + folder_.path() + "/a/new; echo bad > " + file_ +
                            "; rm " + secret_ + "; echo fine > /dev/null",
                        {.readable = {file_}, .writable = {out}});
  EXPECT_EQ(exit.out, "made\n") << exit.err;
  EXPECT_TRUE(exit.ok()) << exit.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/a/new"));
  EXPECT_EQ(ReadFile(file_, 100).value_or(""), "film");
  EXPECT_EQ(ReadFile(secret_, 100).value_or(""), "secret");
}

TEST_F(ConfinementTest, AChildOpensNoSocket) {
  const std::string script = "exec 5<>/dev/tcp/127.0.0.1/9";
  Command command;
  command.argv = {"/bin/bash", "-c", script};
  EXPECT_THAT(runner_.Run(command, {})->err, HasSubstr("Connection refused"));
  EXPECT_THAT(Run(script, {}).err, HasSubstr("Operation not permitted"));
}

TEST_F(ConfinementTest, SystemCallsOfTheFilterFail) {
  // perl has syscall(); unshare(CLONE_NEWNS) and ptrace(PTRACE_TRACEME) need no right otherwise.
  const std::string script = "exec perl -e 'print syscall(" + std::to_string(SYS_ptrace) +
                             ", 0, 0, 0, 0), \" \", $!+0, \" \", syscall(" +
                             std::to_string(SYS_getpid) + ") == $$ ? \"fine\" : \"broken\"'";
  EXPECT_EQ(Run(script, {}).out, "-1 1 fine");
}

TEST_F(ConfinementTest, FoldersThatDoNotExistAreNoError) {
  EXPECT_TRUE(Run("true", {.readable = {"/no/such/file"}, .writable = {"/no/such/folder"}}).ok());
}

}  // namespace
}  // namespace matinee::process
