#include <gmock/gmock.h>
#include <signal.h>

#include <future>
#include <mutex>
#include <thread>

#include "process/process_runner.h"

namespace matinee::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

Command Shell(const std::string& script) {
  Command command;
  command.argv = {"/bin/sh", "-c", script};
  return command;
}

// Collects lines and waits for a certain one.
class Lines {
 public:
  explicit Lines(std::string awaited = "") : awaited_(std::move(awaited)) {}

  std::function<void(std::string_view)> Sink() {
    return [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
      if (line == awaited_) arrived_.set_value();
    };
  }
  bool Await() { return arrived_.get_future().wait_for(seconds(60)) == std::future_status::ready; }
  std::vector<std::string> Get() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  const std::string awaited_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::promise<void> arrived_;
};

TEST(SupervisedChildTest, EmitsItsLinesWhileItRuns) {
  SystemRunner runner;
  Lines lines("ready");
  auto child = runner.Start(Shell("echo ready >&2; exec sleep 60"), lines.Sink());
  ASSERT_TRUE(child.has_value());
  EXPECT_TRUE(lines.Await());
  EXPECT_EQ((*child)->Wait(milliseconds(0)).error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(kill((*child)->pid(), 0), 0);
}

TEST(SupervisedChildTest, AllLinesAreEmittedBeforeWaitReturns) {
  SystemRunner runner;
  Lines lines;
  auto child = runner.Start(Shell("echo a; echo b; printf last; exit 7"), lines.Sink());
  ASSERT_TRUE(child.has_value());
  const auto exit = (*child)->Wait(seconds(5));
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, 7);
  EXPECT_THAT(lines.Get(), ElementsAre("a", "b", "last"));
  EXPECT_EQ((*child)->Wait(milliseconds(0))->code, 7) << "Wait() may be called again";
}

TEST(SupervisedChildTest, ReceivesSignals) {
  SystemRunner runner;
  Lines lines("ready");
  auto child = runner.Start(
      Shell("trap 'echo got it; exit 5' QUIT; echo ready; while :; do sleep 0.05; done"),
      lines.Sink());
  ASSERT_TRUE(child.has_value());
  ASSERT_TRUE(lines.Await());
  (*child)->Signal(SIGQUIT);
  const auto exit = (*child)->Wait(seconds(5));
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, 5);
  EXPECT_THAT(lines.Get(), ElementsAre("ready", "got it"));
  (*child)->Signal(SIGQUIT);  // It has exited; nothing happens.
}

TEST(SupervisedChildTest, IsKilledByTheDestructorOfItsHandle) {
  SystemRunner runner;
  Lines lines("ready");
  auto child = runner.Start(Shell("trap '' TERM QUIT; echo ready; sleep 60"), lines.Sink());
  ASSERT_TRUE(child.has_value());
  ASSERT_TRUE(lines.Await());
  const pid_t pid = (*child)->pid();
  child->reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(SupervisedChildTest, OutlivesItsRunner) {
  auto runner = std::make_unique<SystemRunner>();
  Lines lines("ready");
  auto child = runner->Start(Shell("echo ready; exec sleep 60"), lines.Sink());
  ASSERT_TRUE(child.has_value());
  runner.reset();
  EXPECT_TRUE(lines.Await());
  EXPECT_FALSE((*child)->Wait(milliseconds(0)).has_value());
}

}  // namespace
}  // namespace matinee::process
