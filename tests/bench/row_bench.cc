// How many jobs a second go through queue and database when nothing is rendered: received, their
// row claimed, completed, and acked. Beside it stands pgbench with one guarded UPDATE (see
// cluster_bench.mjs), as a measure of the machine and its disk.
//
//   DATABASE_URL=postgres://… REDIS_URL=redis://… build/release/tests/bench/row_bench [jobs
//   [slots]]
//
// The database is migrated and empty. Prints JSON.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "capture/capture_row.h"
#include "capture/capture_schema.h"
#include "capture/queues.h"
#include "capture/store.h"
#include "coord/coordination.h"
#include "jobs/jobs_schema.h"
#include "sql/postgres.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void Fatal(const std::string& why) {
  std::fprintf(stderr, "row_bench: %s\n", why.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): nothing is left to tidy up.
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread.
  if (value == nullptr) Fatal(std::string(name) + " is not set");
  return value;
}

template <typename T>
T ValueOrExit(Result<T> result) {
  if (!result) Fatal(result.error().message);
  return *std::move(result);
}

// Straight into the table: how rows come to be is not what is measured.
std::vector<coord::Job> MakeRows(sql::Database& database, int64_t jobs) {
  ValueOrExit(database.Run(
      {"bench_fill",
       "INSERT INTO captures (id, source, server, session_id, media_title, media_path,"
       " part_start_seconds, capture_type, precise, requested_start_seconds, request_key, at_given,"
       " timestamp_seconds, file_name, file_size_bytes, has_thumbnail, phase, progress, attempt,"
       " tries, created_at, updated_at)"
       " SELECT CAST(gen_random_uuid() AS TEXT), 'plex', 'plex', 'plex-1', 'A film', '/a.mkv', 0,"
       " 'screenshot', 0, n, 'key', 0, n, 'a.jpg', 0, 0, 'queued', 0, 0, 0, n, n"
       " FROM generate_series(1, CAST($1 AS BIGINT)) AS n"},
      {jobs}));
  std::vector<coord::Job> all;
  for (const sql::Row& row :
       ValueOrExit(database.Run({"bench_ids", "SELECT id FROM captures"}, {}))) {
    const std::string id = row.Text(0);
    all.push_back({.queue = capture::kScreenshotQueue,
                   .kind = capture::kCaptureKind,
                   .subject = id,
                   .key = id});
  }
  return all;
}

void Work(coord::JobQueue& queue, capture::Store& store, std::atomic<int64_t>& done, int64_t jobs) {
  while (done < jobs) {
    const auto delivery = queue.Receive(coord::AllQueues(queue.queues()), milliseconds(200));
    if (!delivery) continue;
    const auto row = ValueOrExit(store.jobs().Claim(delivery->job.subject));
    if (!row) Fatal("a job came twice");
    const capture::Capture claimed = ValueOrExit(capture::FromRow(*row));
    capture::CaptureResult result;
    result.file_name = claimed.file_name;
    if (!ValueOrExit(store.jobs().Complete(claimed.id, claimed.attempt, ValuesOf(result)))) {
      Fatal("not ours");
    }
    if (const Status acked = queue.Ack(*delivery); !acked) Fatal(acked.error().message);
    ++done;
  }
}

}  // namespace
}  // namespace matinee

int main(int argc, char** argv) {
  using namespace matinee;
  const int64_t jobs = argc > 1 ? std::atoll(argv[1]) : 4000;
  const int slots = argc > 2 ? std::atoi(argv[2]) : 16;
  const SystemClock clock;
  sql::PostgresOptions options;
  options.url = Secret(Environment("DATABASE_URL"));
  options.connections = static_cast<size_t>(slots);
  const auto database = ValueOrExit(sql::OpenPostgres(options, clock, nullptr));
  if (const Status ready = sql::Migrate(*database, {jobs::JobsSchema(), capture::CaptureSchema()});
      !ready) {
    Fatal(ready.error().message);
  }
  capture::Store store(*database, clock);
  const coord::Coordination coord =
      ValueOrExit(coord::ConnectRedis({.url = Secret(Environment("REDIS_URL")),
                                       .prefix = "row_bench:",
                                       .queues = {{.name = capture::kScreenshotQueue}}},
                                      nullptr));
  const std::vector<coord::Job> all = MakeRows(*database, jobs);

  std::atomic<int64_t> done{0};
  const auto begin = steady_clock::now();
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (const coord::Job& job : all) {
      while (!coord.jobs->Enqueue(job)) std::this_thread::sleep_for(milliseconds(1));  // Full.
    }
  });
  for (int slot = 0; slot < slots; ++slot) {
    threads.emplace_back([&] { Work(*coord.jobs, store, done, jobs); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> elapsed = steady_clock::now() - begin;
  std::printf("{\"jobs\": %lld, \"slots\": %d, \"jobs_per_second\": %.0f}\n",
              static_cast<long long>(jobs), slots, static_cast<double>(jobs) / elapsed.count());
  return 0;
}
