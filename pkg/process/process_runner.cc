#include "process/process_runner.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/strings.h"
#include "process/child_process.h"
#include "process/output_buffers.h"
#include "process/spawner.h"

namespace matinee::process {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kReadBytes = 65536;  // A pipe's capacity.
// How often the cancel flag is checked, since it cannot wake a poll (the limit is 50 ms).
constexpr milliseconds kCancelInterval{40};
// After the exit of a child its pipes hold at most their capacity; a grandchild that left the group
// may continue to write and is not waited for.
constexpr int kDrainReadsMax = 32;
// The last lines of an exited child are available at once; this bounds the wait.
constexpr milliseconds kLinesLimit{1000};

// Reads once. Returns false at the end of the stream, or if there is nothing to read now.
bool ReadSome(UniqueFd& fd, const std::function<void(std::string_view)>& sink) {
  std::array<char, kReadBytes> buffer;  // NOLINT: not zeroed, only the filled part is read
  ssize_t got = 0;
  do {
    got = read(fd.get(), buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) {
    fd.Reset();
    return false;
  }
  sink(std::string_view(buffer.data(), static_cast<size_t>(got)));
  return true;
}

// The two output streams of a child and their sinks.
struct Output {
  UniqueFd out;
  UniqueFd err;
  std::function<void(std::string_view)> on_out;
  std::function<void(std::string_view)> on_err;

  // Waits for bytes or for `other_fd` (readable: returns true), at most `limit`.
  bool Pump(int other_fd, int second_other_fd, milliseconds limit) {
    std::array<pollfd, 4> entries = {{{out.get(), POLLIN, 0},
                                      {err.get(), POLLIN, 0},
                                      {other_fd, POLLIN, 0},
                                      {second_other_fd, POLLIN, 0}}};
    const int ready = poll(entries.data(), entries.size(), static_cast<int>(limit.count()));
    if (ready <= 0) return false;
    if (entries[0].revents != 0) ReadSome(out, on_out);
    if (entries[1].revents != 0) ReadSome(err, on_err);
    return entries[2].revents != 0 || entries[3].revents != 0;
  }

  void Drain() {
    for (int i = 0; i < kDrainReadsMax && out.valid() && ReadSome(out, on_out); ++i) {
    }
    for (int i = 0; i < kDrainReadsMax && err.valid() && ReadSome(err, on_err); ++i) {
    }
  }
};

std::string Seconds(milliseconds time) {
  return std::to_string((time.count() + 500) / 1000) + " s";
}

// Pumps until the child has exited; fails at the deadline or when it is cancelled.
Status PumpUntilExit(Output& output, const ChildProcess& child, const RunOptions& options,
                     SteadyClock::time_point start, const std::string& program) {
  const auto until = start + options.deadline;
  while (true) {
    if (options.cancel != nullptr && options.cancel->cancelled()) {
      return Fail(Code::kCancelled, "cancelled");
    }
    auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
    if (left.count() <= 0) {
      return Fail(Code::kDeadlineExceeded, EscapeUnprintable(program) + " took longer than " +
                                               Seconds(options.deadline) + " and was killed");
    }
    if (options.cancel != nullptr) left = std::min(left, kCancelInterval);
    left = std::min(left, milliseconds(60000));  // Fits poll's int.
    if (output.Pump(child.pidfd(), -1, left)) return {};
  }
}

Exit MakeExit(const ExitStatus& end, SteadyClock::time_point start) {
  Exit exit;
  exit.code = end.code;
  exit.signal = end.signal;
  exit.elapsed = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - start);
  return exit;
}

class SupervisedChild final : public Child {
 public:
  SupervisedChild(Spawned spawned, std::shared_ptr<Spawner> spawner,
                  std::function<void(std::string_view)> on_line)
      : start_(SteadyClock::now()),
        process_(spawned.pid, std::move(spawned.pidfd), std::move(spawner)),
        stop_(eventfd(0, EFD_CLOEXEC)),
        reader_([this, out = std::move(spawned.out), err = std::move(spawned.err),
                 on_line = std::move(on_line)]() mutable {
          ReadLines(std::move(out), std::move(err), on_line);
        }) {}

  ~SupervisedChild() override {
    process_.Kill();
    const uint64_t one = 1;
    const ssize_t written = write(stop_.get(), &one, sizeof(one));
    static_cast<void>(written);  // The counter of a new eventfd cannot overflow.
    reader_.join();
  }

  [[nodiscard]] pid_t pid() const override { return process_.pid(); }

  void Signal(int signal) override { process_.Signal(signal); }

  Result<Exit> Wait(milliseconds limit) override {
    const auto end = process_.Wait(limit);
    if (!end) return Fail(Code::kDeadlineExceeded, "the process still runs");
    std::unique_lock lock(mutex_);
    read_all_.wait_for(lock, kLinesLimit, [this] { return reader_done_; });
    return MakeExit(*end, start_);
  }

 private:
  void ReadLines(UniqueFd out, UniqueFd err, const std::function<void(std::string_view)>& on_line) {
    LineSplitter out_lines(on_line);
    LineSplitter err_lines(on_line);
    Output output{std::move(out), std::move(err),
                  [&](std::string_view bytes) { out_lines.Add(bytes); },
                  [&](std::string_view bytes) { err_lines.Add(bytes); }};
    while (!output.Pump(process_.pidfd(), stop_.get(), milliseconds(60000))) {
    }
    output.Drain();
    out_lines.Finish();
    err_lines.Finish();
    {
      const std::lock_guard lock(mutex_);
      reader_done_ = true;
    }
    read_all_.notify_all();
  }

  const SteadyClock::time_point start_;
  ChildProcess process_;
  UniqueFd stop_;
  std::mutex mutex_;
  std::condition_variable read_all_;
  bool reader_done_ = false;
  std::thread reader_;
};

}  // namespace

struct SystemRunner::Impl {
  std::shared_ptr<Spawner> spawner = std::make_shared<Spawner>();
};

SystemRunner::SystemRunner() : impl_(std::make_unique<Impl>()) {}

SystemRunner::~SystemRunner() = default;

Result<Exit> SystemRunner::Run(const Command& command, const RunOptions& options) {
  if (options.cancel != nullptr && options.cancel->cancelled()) {
    return Fail(Code::kCancelled, "cancelled");
  }
  const auto start = SteadyClock::now();
  TRY_ASSIGN(Spawned spawned, impl_->spawner->Spawn(command));
  ChildProcess child(spawned.pid, std::move(spawned.pidfd), impl_->spawner);

  HeadBuffer head(options.stdout_bytes_max);
  TailBuffer tail(options.stderr_bytes_max);
  LineSplitter lines([&options](std::string_view line) {
    if (options.on_stdout_line) options.on_stdout_line(line);
  });
  Output output{std::move(spawned.out), std::move(spawned.err),
                [&](std::string_view bytes) {
                  head.Add(bytes);
                  lines.Add(bytes);
                },
                [&](std::string_view bytes) { tail.Add(bytes); }};
  TRY(PumpUntilExit(output, child, options, start, command.argv.front()));
  const auto end = child.Wait(milliseconds(0));
  if (!end) return Fail(Code::kUnavailable, "cannot wait for a child process");
  output.Drain();
  lines.Finish();
  Exit exit = MakeExit(*end, start);
  exit.out = head.Take();
  exit.err = tail.Take();
  return exit;
}

Result<std::unique_ptr<Child>> SystemRunner::Start(
    const Command& command, std::function<void(std::string_view line)> on_line) {
  TRY_ASSIGN(Spawned spawned, impl_->spawner->Spawn(command));
  return std::make_unique<SupervisedChild>(std::move(spawned), impl_->spawner, std::move(on_line));
}

}  // namespace matinee::process
