// The kind `poster`: the thumbnail of a complete clip, one of its frames. Its job has the id of the
// clip, and a row in the table `posters`.
//
// Thread safety: as JobKind and Handler.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "capture/capture.h"
#include "capture/queues.h"
#include "capture/store.h"
#include "coord/event_bus.h"
#include "coord/job_queue.h"
#include "jobs/handler.h"
#include "jobs/job_kind.h"
#include "process/process_runner.h"
#include "storage/file_store.h"

namespace matinee::capture {

class PosterKind final : public jobs::JobKind {
 public:
  // All must outlive it.
  PosterKind(Store& store, storage::FileStore& files, coord::JobQueue& queue,
             sql::Database& database, const Clock& clock);

  [[nodiscard]] std::string QueueOf(const sql::Row& /*row*/) const override {
    return kBackgroundQueue;
  }

  // Adds the job of a complete clip. If that fails, the reconciler adds it.
  void Enqueue(const Capture& clip);

  // Adds the jobs that are missing. In the first round of a term it also retries those that failed:
  // a disk may have been full or absent.
  Status Reconcile(const jobs::Round& round) override;

 private:
  Store& store_;
  storage::FileStore& files_;
  coord::JobQueue& queue_;
  sql::Database& database_;
  const Clock& clock_;
};

// Renders the poster of a complete clip; returns its temporary path. See render.h.
using PosterFunction =
    std::function<Result<std::string>(const Capture& capture, const process::CancelFlag& cancel)>;

class PosterHandler final : public jobs::Handler {
 public:
  // All must outlive it.
  PosterHandler(PosterKind& kind, Store& store, storage::FileStore& files, coord::EventBus& events,
                PosterFunction render)
      : kind_(kind), store_(store), files_(files), events_(events), render_(std::move(render)) {}

  jobs::JobKind& kind() override { return kind_; }
  Result<jobs::Completion> Run(const jobs::Attempt& attempt) override;

 private:
  PosterKind& kind_;
  Store& store_;
  storage::FileStore& files_;
  coord::EventBus& events_;
  const PosterFunction render_;
};

}  // namespace matinee::capture
