// Looks after what a crash, a full queue or a full disk left half done, every second or so:
// unfinished captures that nobody works on get a job, deleted ones lose their files. The row is the
// truth; this is what makes it come true. What Running knows is left alone.
//
// Thread safety: Recover, Start and Stop from one thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "capture/running.h"
#include "capture/service.h"
#include "capture/store.h"
#include "coord/job_queue.h"

namespace matinee::capture {

class Sweeper {
 public:
  Sweeper(Store& store, Service& service, coord::JobQueue& queue, const Running& running);
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

  // After a start, before any worker starts: what was running when the program ended is tried
  // again, or given up after kTriesMax tries; clips that lack their poster get it. Fails only if
  // the database does.
  Status Recover();

  void Start();
  void Stop();

  // One round; exposed for tests.
  Status SweepOnce();

 private:
  void Run();
  Status TakeUpInterrupted();
  Status EnqueueDue();
  Status RemoveDeleted();

  Store& store_;
  Service& service_;
  coord::JobQueue& queue_;
  const Running& running_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace matinee::capture
