#include "process/process_runner.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/strings.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using SteadyClock = std::chrono::steady_clock;

Command Shell(const std::string& script) {
  Command command;
  command.argv = {"/bin/sh", "-c", script};
  return command;
}

// Waits until the condition holds; false after about a minute.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

bool IsRunning(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const size_t end = line.rfind(") ");
  return end != std::string::npos && line[end + 2] != 'Z';
}

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST(SystemRunnerTest, PassesEachArgumentUntouched) {
  const std::vector<std::string> hostile = {
      "a b", "it's", "\"quoted\"", "$(id)", "`id`", "; rm -rf /", "-dash", "",   "new\nline",
      "*",   "\\",   "%s%n",       "ü–漢",  "\xFF", "$HOME",      "|&<>",  "[x]"};
  Command command;
  command.argv = {"printf", "%s\\001"};
  command.argv.insert(command.argv.end(), hostile.begin(), hostile.end());
  SystemRunner runner;
  const auto exit = runner.Run(command, {});
  ASSERT_TRUE(exit.has_value()) << exit.error().message;
  std::string expected;
  for (const auto& argument : hostile) expected += argument + "\x01";
  EXPECT_EQ(exit->out, expected);
}

TEST(SystemRunnerTest, ReturnsTheExitCodeAndBothStreams) {
  SystemRunner runner;
  const auto exit = runner.Run(Shell("echo out; echo err >&2; exit 3"), {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, 3);
  EXPECT_EQ(exit->signal, 0);
  EXPECT_FALSE(exit->ok());
  EXPECT_EQ(exit->out, "out\n");
  EXPECT_EQ(exit->err, "err\n");
}

TEST(SystemRunnerTest, ReturnsTheSignalThatTerminatedAChild) {
  SystemRunner runner;
  const auto exit = runner.Run(Shell("kill -SEGV $$"), {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, -1);
  EXPECT_EQ(exit->signal, SIGSEGV);
}

TEST(SystemRunnerTest, FailsForAMissingProgram) {
  SystemRunner runner;
  for (const std::string name :
       {"no-such-program", "/bin/no-such-program", "/bin", "/etc/passwd"}) {
    Command command;
    command.argv = {name};
    const auto exit = runner.Run(command, {});
    ASSERT_FALSE(exit.has_value()) << name;
    EXPECT_EQ(exit.error().code, Code::kNotFound) << name;
  }
}

TEST(SystemRunnerTest, ReportsAFailedExec) {
  std::string script = "/tmp/bad_interpreter_XXXXXX";
  const int file = mkstemp(script.data());
  ASSERT_GE(file, 0);
  constexpr std::string_view kText = "#!/no/such/interpreter\n";
  ASSERT_EQ(write(file, kText.data(), kText.size()), static_cast<ssize_t>(kText.size()));
  fchmod(file, 0755);
  close(file);
  Command command;
  command.argv = {script};
  SystemRunner runner;
  const auto exit = runner.Run(command, {});
  unlink(script.c_str());
  ASSERT_FALSE(exit.has_value());
  EXPECT_EQ(exit.error().code, Code::kNotFound);
}

TEST(SystemRunnerTest, RejectsAnInvalidCommand) {
  SystemRunner runner;
  EXPECT_EQ(runner.Run({}, {}).error().code, Code::kInvalidArgument);
  Command command;
  command.argv = {"echo", std::string("a\0b", 3)};
  EXPECT_EQ(runner.Run(command, {}).error().code, Code::kInvalidArgument);
}

TEST(SystemRunnerTest, KillsTheWholeGroupAtTheDeadline) {
  SystemRunner runner;
  RunOptions options;
  options.deadline = seconds(3);
  pid_t grandchild = 0;
  options.on_stdout_line = [&](std::string_view line) {
    grandchild = static_cast<pid_t>(ParseInt(line).value());
  };
  const auto start = SteadyClock::now();
  const auto exit = runner.Run(Shell("trap '' TERM; sleep 600 & echo $!; wait"), options);
  ASSERT_FALSE(exit.has_value());
  EXPECT_EQ(exit.error().code, Code::kDeadlineExceeded);
  EXPECT_LT(SteadyClock::now() - start, seconds(60));
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(Eventually([&] { return !IsRunning(grandchild); }));
}

TEST(SystemRunnerTest, KillsACancelledChildAtOnce) {
  SystemRunner runner;
  CancelFlag cancel;
  RunOptions options;
  options.cancel = &cancel;
  SteadyClock::time_point cancelled_at;
  pid_t pid = 0;
  std::thread canceller;
  options.on_stdout_line = [&](std::string_view line) {
    pid = static_cast<pid_t>(ParseInt(line).value());
    canceller = std::thread([&] {
      cancelled_at = SteadyClock::now();
      cancel.Cancel();
    });
  };
  const auto exit = runner.Run(Shell("echo $$; exec sleep 600"), options);
  const auto ended_at = SteadyClock::now();
  canceller.join();
  ASSERT_FALSE(exit.has_value());
  EXPECT_EQ(exit.error().code, Code::kCancelled);
  EXPECT_LT(ended_at - cancelled_at, seconds(60));
  EXPECT_FALSE(IsRunning(pid));
}

TEST(SystemRunnerTest, DoesNotStartACancelledCommand) {
  SystemRunner runner;
  CancelFlag cancel;
  cancel.Cancel();
  RunOptions options;
  options.cancel = &cancel;
  EXPECT_EQ(runner.Run(Shell("touch /tmp/never"), options).error().code, Code::kCancelled);
}

TEST(SystemRunnerTest, KeepsTheLastBytesOfAFloodOnStderr) {
  SystemRunner runner;
  RunOptions options;
  options.stderr_bytes_max = 1000;
  const auto exit = runner.Run(
      Shell("head -c 20000000 /dev/zero | tr '\\0' x >&2; echo the reason >&2; exit 1"), options);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->err.size(), 1000U);
  EXPECT_TRUE(
      exit->err.ends_with("xxx"
                          "the reason\n"));
}

TEST(SystemRunnerTest, KeepsTheFirstBytesOfAFloodOnStdout) {
  SystemRunner runner;
  RunOptions options;
  options.stdout_bytes_max = 10;
  const auto exit = runner.Run(Shell("echo start; head -c 20000000 /dev/zero"), options);
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->ok());
  EXPECT_EQ(exit->out, std::string("start\n\0\0\0\0", 10));
}

TEST(SystemRunnerTest, EmitsLinesAsTheyArrive) {
  SystemRunner runner;
  RunOptions options;
  std::vector<std::string> lines;
  options.on_stdout_line = [&](std::string_view line) { lines.emplace_back(line); };
  ASSERT_TRUE(runner.Run(Shell("printf 'a\\nb'; printf 'c\\r\\nlast'"), options).has_value());
  EXPECT_THAT(lines, ElementsAre("a", "bc", "last"));
}

TEST(SystemRunnerTest, DoesNotWaitForAGrandchildWithThePipe) {
  SystemRunner runner;
  const auto start = SteadyClock::now();
  const auto exit = runner.Run(Shell("sleep 600 & echo $!"), {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->ok());
  EXPECT_LT(SteadyClock::now() - start, seconds(60));
  const auto grandchild = static_cast<pid_t>(ParseInt(Trim(exit->out)).value());
  EXPECT_TRUE(Eventually([&] { return !IsRunning(grandchild); }));
}

TEST(SystemRunnerTest, DoesNotWaitForAGrandchildThatLeftTheGroup) {
  SystemRunner runner;
  const auto start = SteadyClock::now();
  const auto exit = runner.Run(Shell("setsid sh -c 'echo $$; exec sleep 600' & sleep 2"), {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_LT(SteadyClock::now() - start, seconds(60));
  kill(static_cast<pid_t>(ParseInt(Trim(exit->out)).value()), SIGKILL);
}

// The kernel reparents orphans to process 1, or to a subreaper (prctl(2)).
class SystemRunnerAsSubreaperTest : public ::testing::Test {
 protected:
  SystemRunnerAsSubreaperTest() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~SystemRunnerAsSubreaperTest() override { prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

TEST_F(SystemRunnerAsSubreaperTest, ReapsTheWholeGroup) {
  SystemRunner runner;
  ASSERT_TRUE(runner.Run(Shell("sleep 600 & sleep 600 & exit 0"), {}).has_value());
  const auto childless = [] {
    siginfo_t info{};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
  };
  EXPECT_TRUE(Eventually(childless));
}

TEST(SystemRunnerTest, ChildrenHaveAnEmptyStdinAndInheritNoDescriptor) {
  const int leaky = open("/dev/null", O_RDONLY);  // NOLINT: without O_CLOEXEC, as libraries do it
  ASSERT_GE(leaky, 0);
  SystemRunner runner;
  const auto exit = runner.Run(Shell("cat; readlink /proc/self/fd/*; true"), {});
  close(leaky);
  ASSERT_TRUE(exit.has_value());
  // 0, 1, 2, and readlink's own folder at most.
  EXPECT_LE(std::count(exit->out.begin(), exit->out.end(), '\n'), 4) << exit->out;
  EXPECT_THAT(exit->out, HasSubstr("/dev/null"));
}

TEST(SystemRunnerTest, ChildrenHaveDefaultSignalHandlers) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  SystemRunner runner;
  const auto exit = runner.Run(Shell("grep -E 'Sig(Blk|Ign)' /proc/self/status"), {});
  signal(SIGPIPE, before);
  ASSERT_TRUE(exit.has_value());
  EXPECT_THAT(exit->out, HasSubstr("SigBlk:\t0000000000000000\n"));
  const size_t ignored_at = exit->out.find("SigIgn:\t");
  ASSERT_NE(ignored_at, std::string::npos);
  const uint64_t ignored = std::stoull(exit->out.substr(ignored_at + 8), nullptr, 16);
  // 32 and 33 are reserved by glibc and cannot be set: the test program inherited them.
  constexpr uint64_t kLibrarySignals = uint64_t{3} << 31;
  EXPECT_EQ(ignored & ~kLibrarySignals, 0U) << exit->out;
}

TEST(SystemRunnerTest, AppliesNiceInTheSameSession) {
  SystemRunner runner;
  Command command = Shell("cat /proc/self/stat; echo $$");
  command.nice = 19;
  const auto exit = runner.Run(command, {});
  ASSERT_TRUE(exit.has_value());
  const auto fields = Split(exit->out, ' ');
  ASSERT_GT(fields.size(), 19U);
  EXPECT_EQ(fields[18], "19");                       // nice
  EXPECT_EQ(fields[5], std::to_string(getsid(0)));   // session
  EXPECT_NE(fields[4], std::to_string(getpgid(0)));  // a separate process group
}

TEST(SystemRunnerTest, UsesOnlyTheGivenEnvironment) {
  SystemRunner runner;
  Command command;
  command.argv = {"/usr/bin/env"};
  command.environment = {"ONLY=this"};
  EXPECT_EQ(runner.Run(command, {})->out, "ONLY=this\n");
}

TEST(SystemRunnerTest, KeepsSecretsFromChildren) {
  setenv("SMB_PASS", "very-secret", 1);
  setenv("LC_TIME", "C", 1);
  SystemRunner runner;
  Command command;
  command.argv = {"env"};
  const auto exit = runner.Run(command, {});
  unsetenv("SMB_PASS");
  unsetenv("LC_TIME");
  ASSERT_TRUE(exit.has_value());
  EXPECT_THAT(exit->out, HasSubstr("LC_TIME=C\n"));
  EXPECT_THAT(exit->out, Not(HasSubstr("very-secret")));
}

// The files at these paths, open.
std::vector<UniqueFd> OpenAll(const std::vector<std::string>& paths) {
  std::vector<UniqueFd> files;
  for (const std::string& path : paths) {
    files.emplace_back(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  return files;
}

TEST(SystemRunnerTest, PassesDescriptorsOnInTheirOrder) {
  const TemporaryFolder folder;
  const auto files = OpenAll({folder.Write("a", "first"), folder.Write("b", "second")});
  SystemRunner runner;
  // Twice each: a path opens the file again, with a separate offset.
  Command command = Shell("cat /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/3; cat <&4");
  command.descriptors = {files[0].get(), files[1].get()};
  const auto exit = runner.Run(command, {});
  ASSERT_TRUE(exit.has_value()) << exit.error().message;
  EXPECT_EQ(exit->out, "firstsecondfirstsecond") << exit->err;
}

// Each number that a pipe or a passed descriptor may have in this process.
TEST(SystemRunnerTest, PassesDescriptorsOnWhicheverNumbersAreFree) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "content");
  SystemRunner runner;
  for (int number = kFirstPassedDescriptor; number < 12; ++number) {
    const UniqueFd kept(fcntl(number, F_DUPFD_CLOEXEC, 64));
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    Command command = Shell("cat <&3");
    command.descriptors = {file.get()};
    if (kept.valid()) close(number);
    const auto exit = runner.Run(command, {});
    if (kept.valid()) dup3(kept.get(), number, O_CLOEXEC);
    ASSERT_TRUE(exit.has_value()) << exit.error().message;
    EXPECT_EQ(exit->out, "content") << number << exit->err;
  }
}

TEST(SystemRunnerTest, PassesNoOtherDescriptorOn) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "content");
  std::vector<int> leaky;  // Without O_CLOEXEC, as libraries do it.
  for (int i = 0; i < 10; ++i) leaky.push_back(dup(STDERR_FILENO));
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Command command = Shell("ls /proc/$$/fd; true");
  command.descriptors = {file.get()};
  SystemRunner runner;
  const auto exit = runner.Run(command, {});
  for (const int one : leaky) close(one);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->out, "0\n1\n2\n3\n");
}

TEST(SystemRunnerTest, RefusesToPassTooManyOrClosedDescriptors) {
  SystemRunner runner;
  Command command = Shell("true");
  command.descriptors.assign(kPassedDescriptorsMax + 1, STDIN_FILENO);
  EXPECT_EQ(runner.Run(command, {}).error().code, Code::kInvalidArgument);
  command.descriptors = {-1};
  EXPECT_FALSE(runner.Run(command, {}).has_value());
}

TEST(SystemRunnerTest, ChildrenGetNoNewPrivilegesAndDumpNoCore) {
  SystemRunner runner;
  const auto exit = runner.Run(Shell("grep NoNewPrivs /proc/self/status; ulimit -H -c"), {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->out, "NoNewPrivs:\t1\n0\n");
}

TEST(SystemRunnerTest, LimitsTheFilesOfAChild) {
  const TemporaryFolder folder;
  SystemRunner runner;
  Command command = Shell("exec head -c 2000000 /dev/zero > " + folder.File("large"));
  command.limits.file_bytes_max = 1'000'000;
  const auto exit = runner.Run(command, {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, SIGXFSZ);
  EXPECT_EQ(std::filesystem::file_size(folder.File("large")), 1'000'000U);
}

TEST(SystemRunnerTest, LimitsTheMemoryOfAChild) {
  SystemRunner runner;
  Command command;
  command.argv = {"dd", "if=/dev/zero", "of=/dev/null", "bs=300M", "count=1"};
  ASSERT_TRUE(runner.Run(command, {})->ok()) << "without a limit";
  command.limits.address_space_bytes_max = 200'000'000;
  const auto exit = runner.Run(command, {});
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->ok());
  EXPECT_THAT(exit->err, HasSubstr("memory exhausted"));
}

TEST(SystemRunnerTest, RunsFortyAtOnceWithoutALeak) {
  SystemRunner runner;
  const size_t before = OpenDescriptors();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&, i] {
      const auto exit = runner.Run(Shell("echo " + std::to_string(i) + "; sleep 0.1"), {});
      if (exit && exit->ok() && exit->out == std::to_string(i) + "\n") ++good;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  for (int i = 0; i < 20; ++i) {
    Command missing;
    missing.argv = {"no-such-program"};
    EXPECT_FALSE(runner.Run(missing, {}).has_value());
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child was not reaped";
}

// Starts the helper with the read end of a pipe as its stdout; returns {helper, its child}.
std::pair<pid_t, pid_t> StartParent() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {-1, -1};
  const pid_t helper = fork();
  if (helper == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(PROCESS_TEST_PARENT, PROCESS_TEST_PARENT, nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string text;
  char c = 0;
  while (read(ends[0], &c, 1) == 1 && c != '\n') text += c;
  close(ends[0]);
  return {helper, static_cast<pid_t>(ParseInt(text).value_or(-1))};
}

TEST(SystemRunnerTest, AChildDoesNotOutliveAParentKilledBySigkill) {
  const auto [helper, child] = StartParent();
  ASSERT_GT(child, 0);
  ASSERT_TRUE(IsRunning(child));
  kill(helper, SIGKILL);
  waitpid(helper, nullptr, 0);
  EXPECT_TRUE(Eventually([pid = child] { return !IsRunning(pid); }));
}

}  // namespace
}  // namespace matinee::process
