// The kind `capture`: one job makes the file of one capture.
//
// Metric: the captures of each phase (matinee_captures{phase}), on the leader; 0 once it has
// stopped leading.
//
// Thread safety: as JobKind.
#pragma once

#include <map>
#include <string>

#include "capture/store.h"
#include "coord/job_queue.h"
#include "jobs/job_kind.h"
#include "storage/file_store.h"
#include "telemetry/metrics.h"

namespace matinee::capture {

class CaptureKind final : public jobs::JobKind {
 public:
  // All must outlive it.
  CaptureKind(Store& store, storage::FileStore& files, coord::JobQueue& queue, Metrics& metrics);

  [[nodiscard]] std::string QueueOf(const sql::Row& row) const override;
  // The capture's id, as in version 0.1.0.
  [[nodiscard]] std::string KeyOf(const std::string& id) const override { return id; }
  // Removes the files of attempts that the row does not name.
  void CleanUp(const sql::Row& row) override;
  // Counts the captures, removes the files of deleted captures and of crashed attempts.
  Status Reconcile(const jobs::Round& round) override;
  void OnLeadershipLost() override { SetCounts({}); }
  Status Discard(const std::string& id) override;

 private:
  void SetCounts(const std::map<Phase, int64_t>& counts);
  Status RemoveDeleted(coord::Term term);

  Store& store_;
  storage::FileStore& files_;
  coord::JobQueue& queue_;
  Metrics& metrics_;
  int rounds_ = 0;
};

}  // namespace matinee::capture
