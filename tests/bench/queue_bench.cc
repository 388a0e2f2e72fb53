// How quick the queue is through one Redis: jobs per second that are enqueued, delivered and
// acked and do nothing; how long a job takes from Enqueue to Receive when there is little to do;
// and beside it redis-benchmark's XADD on the same Redis, as a measure of the machine.
//
//   REDIS_URL=redis://127.0.0.1:6379/9 build/release/tests/bench/queue_bench [jobs [producers
//   [consumers]]]
//
// Prints JSON. Uses separate keys, "bench:...", and removes them.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "coord/coordination.h"
#include "coord/redis/address.h"
#include "coord/redis/connection.h"
#include "process/process_runner.h"

namespace matinee::coord {
namespace {

using std::chrono::duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kLatencyJobs = 400;
constexpr milliseconds kLatencyPause{10};
const std::string kPrefix = "bench:" + std::to_string(getpid()) + ":";

const QueueTable kQueues = {{.name = "screenshot"}, {.name = "clip"}, {.name = "background"}};

[[noreturn]] void Fatal(const std::string& why) {
  std::fprintf(stderr, "queue_bench: %s\n", why.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): nothing is left to tidy up.
}

Coordination Join(const Secret& url) {
  auto coord = ConnectRedis({.url = url, .prefix = kPrefix, .queues = kQueues}, nullptr);
  if (!coord) Fatal(coord.error().message);
  if (const Status reached = coord->check(); !reached) Fatal(reached.error().message);
  return *std::move(coord);
}

// As long as the ids of captures.
std::string CaptureId(int number) {
  std::string digits = std::to_string(number);
  return "0190b6c1-7d3e-7c4f-9a51-" + std::string(12 - digits.size(), '0') + digits;
}

Job MakeJob(const std::string& queue, int number) {
  const std::string id = CaptureId(number);
  return {.queue = queue, .kind = "capture", .subject = id, .key = id};
}

double Percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<size_t>(share * static_cast<double>(values.size() - 1)));
}

struct Throughput {
  double jobs_per_second = 0;
  double full_share = 0;  // Of the attempts to enqueue: the queue was full.
};

Throughput MeasureThroughput(const Secret& url, int jobs, int producers, int consumers) {
  Coordination api = Join(url);
  Coordination worker = Join(url);
  std::atomic<int> next = 0;
  std::atomic<int> done = 0;
  std::atomic<int> full = 0;
  const auto begin = steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < producers; ++i) {
    threads.emplace_back([&] {
      for (int number = next++; number < jobs; number = next++) {
        const Job job = MakeJob(kQueues.at(static_cast<size_t>(number % 2)).name, number);
        while (!api.jobs->Enqueue(job)) {
          ++full;
          std::this_thread::sleep_for(microseconds(500));
        }
      }
    });
  }
  for (int i = 0; i < consumers; ++i) {
    threads.emplace_back([&] {
      while (const auto delivery = worker.jobs->Receive(AllQueues(kQueues), seconds(60))) {
        if (!worker.jobs->Ack(*delivery)) Fatal("Ack failed");
        if (++done == jobs) worker.jobs->Close();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double elapsed = duration<double>(steady_clock::now() - begin).count();
  if (done != jobs) Fatal("jobs were delivered more than once");
  return {jobs / elapsed, static_cast<double>(full) / (full + jobs)};
}

// Milliseconds from before Enqueue until Receive has returned, at 100 jobs a second.
std::vector<double> MeasureLatency(const Secret& url) {
  Coordination api = Join(url);
  Coordination worker = Join(url);
  std::mutex mutex;
  std::map<std::string, steady_clock::time_point> enqueued;
  std::vector<double> latencies;
  std::thread consumer([&] {
    while (static_cast<int>(latencies.size()) < kLatencyJobs) {
      const auto delivery = worker.jobs->Receive(AllQueues(kQueues), seconds(60));
      const auto now = steady_clock::now();
      if (!delivery) Fatal("no job came");
      {
        const std::lock_guard lock(mutex);
        latencies.push_back(
            duration<double, std::milli>(now - enqueued.at(delivery->job.subject)).count());
      }
      if (!worker.jobs->Ack(*delivery)) Fatal("Ack failed");
    }
  });
  for (int number = 0; number < kLatencyJobs; ++number) {
    std::this_thread::sleep_for(kLatencyPause);
    const Job job = MakeJob(kQueues.front().name, number);
    {
      const std::lock_guard lock(mutex);
      enqueued[job.subject] = steady_clock::now();
    }
    if (!api.jobs->Enqueue(job)) Fatal("Enqueue failed");
  }
  consumer.join();
  return latencies;
}

// XADDs per second, one after the other on each of `clients` connections; 0 if it is not there.
double RunRedisBenchmark(const redis::Address& address, int clients) {
  process::SystemRunner runner;
  process::Command command;
  command.argv = {"redis-benchmark",
                  "-h",
                  address.host,
                  "-p",
                  std::to_string(address.port),
                  "-q",
                  "--csv",
                  "-c",
                  std::to_string(clients),
                  "-n",
                  "100000",
                  "XADD",
                  kPrefix + "benchmark",
                  "*",
                  "f",
                  "v"};
  const auto exit = runner.Run(command, {});
  if (!exit || !exit->ok()) return 0;
  const size_t line = exit->out.find("\"XADD");  // "XADD ...","12345.67",...
  const size_t begin = exit->out.find("\",\"", line);
  if (line == std::string::npos || begin == std::string::npos) return 0;
  const size_t end = exit->out.find('"', begin + 3);
  return ParseDouble(exit->out.substr(begin + 3, end - begin - 3)).value_or(0);
}

void RemoveKeys(const redis::Address& address) {
  auto connection = redis::Connection::Open(address, seconds(1));
  if (!connection) return;
  const std::array<std::string_view, 4> script = {
      "EVAL", "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end",
      "0", ""};
  std::vector<std::string_view> words(script.begin(), script.end());
  const std::string pattern = kPrefix + "*";
  words.back() = pattern;
  [[maybe_unused]] const auto removed =
      (*connection)->Call(words, steady_clock::now() + seconds(9));
}

int Run(const std::vector<std::string>& arguments) {
  const char* url_text = std::getenv("REDIS_URL");  // NOLINT(concurrency-mt-unsafe): no thread yet.
  if (url_text == nullptr) Fatal("set REDIS_URL to a Redis that may be loaded");
  const Secret url(url_text);
  const auto address = redis::ParseAddress(url);
  if (!address) Fatal(address.error().message);
  const auto number = [&](size_t index, int otherwise) {
    return arguments.size() > index ? std::atoi(arguments[index].c_str()) : otherwise;
  };
  const int jobs = number(1, 100'000);
  const int producers = number(2, 8);
  const int consumers = number(3, 8);

  const Throughput throughput = MeasureThroughput(url, jobs, producers, consumers);
  std::vector<double> latencies = MeasureLatency(url);
  const double xadd = RunRedisBenchmark(*address, producers + consumers);
  RemoveKeys(*address);
  std::printf(
      "{\"jobs\": %d, \"producers\": %d, \"consumers\": %d, \"jobs_per_second\": %.0f, "
      "\"full_share\": %.3f, \"latency_p50_ms\": %.3f, \"latency_p99_ms\": %.3f, "
      "\"redis_benchmark_xadd_per_second\": %.0f}\n",
      jobs, producers, consumers, throughput.jobs_per_second, throughput.full_share,
      Percentile(latencies, 0.5), Percentile(latencies, 0.99), xadd);
  return 0;
}

}  // namespace
}  // namespace matinee::coord

int main(int argc, char** argv) {
  return matinee::coord::Run(std::vector<std::string>(argv, argv + argc));
}
