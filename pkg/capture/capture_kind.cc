#include "capture/capture_kind.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "capture/capture_row.h"
#include "capture/orphaned_files.h"
#include "capture/queues.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

// Rounds between two counts of the captures: frequent enough for dashboards; cheap beside the
// reconciler's other queries.
constexpr int kRoundsPerCount = 5;

// Returns whether a worker may still write files of this capture.
bool IsLive(const std::set<std::string>& live, const std::string& id) {
  const std::vector<std::string> keys = KeysOf(id);
  return std::any_of(keys.begin(), keys.end(),
                     [&live](const std::string& key) { return live.contains(key); });
}

std::vector<std::string> KeysOf(const std::vector<std::string>& ids) {
  std::vector<std::string> keys;
  for (const std::string& id : ids) {
    for (std::string& key : capture::KeysOf(id)) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

CaptureKind::CaptureKind(Store& store, storage::FileStore& files, coord::JobQueue& queue,
                         Metrics& metrics)
    : JobKind(store.jobs()), store_(store), files_(files), queue_(queue), metrics_(metrics) {}

// A corrupt row goes to the queue of clips; the worker reports it.
std::string CaptureKind::QueueOf(const sql::Row& row) const {
  return capture::QueueOf(TypeFromRow(row).value_or(Type::kClip), BulkFromRow(row));
}

void CaptureKind::CleanUp(const sql::Row& row) {
  if (const Result<Capture> capture = FromRow(row)) {
    RemoveOrphanedFiles(files_, *capture);
  } else {
    LogError("capture", "the files of a capture cannot be found", capture.error());
  }
}

Status CaptureKind::Reconcile(const jobs::Round& round) {
  if (round.is_first) rounds_ = 0;
  if (rounds_++ % kRoundsPerCount == 0) {
    TRY_ASSIGN(const auto counts, table().CountByPhase());
    SetCounts(counts);
  }
  Status deleted = RemoveDeleted(round.term);
  // Also if a file of a deleted capture cannot be removed.
  TRY(RemoveTemporaryFiles(files_, *this, queue_));
  return deleted;
}

void CaptureKind::SetCounts(const std::map<Phase, int64_t>& counts) {
  for (const Phase phase : kPhases) {
    const auto found = counts.find(phase);
    metrics_
        .GetGauge("matinee_captures", "Captures, by their phase.",
                  {{"phase", std::string(ToString(phase))}})
        .Set(found == counts.end() ? 0 : static_cast<double>(found->second));
  }
}

// The reconciler removes its files, and then the row.
Status CaptureKind::Discard(const std::string& id) {
  TRY_ASSIGN(const Capture capture, store_.Get(id));
  if (!IsTerminal(capture.phase)) {
    return Fail(Code::kConflict, "only a capture that has ended can be discarded; it is " +
                                     std::string(ToString(capture.phase)));
  }
  TRY(store_.SoftDelete(id));
  return {};
}

Status CaptureKind::RemoveDeleted(coord::Term term) {
  TRY_ASSIGN(const std::vector<Capture> deleting, store_.ListDeleting(kUnfinishedMax));
  if (deleting.empty()) return {};
  std::vector<std::string> ids;
  ids.reserve(deleting.size());
  for (const Capture& capture : deleting) ids.push_back(capture.id);
  TRY_ASSIGN(const std::set<std::string> live, queue_.Live(KeysOf(ids)));
  Status all;  // A file that cannot be removed must not block the others.
  for (const Capture& capture : deleting) {
    if (IsLive(live, capture.id)) continue;
    Status removed = RemoveAll(files_, capture);
    if (removed) removed = store_.Purge(capture.id, term);
    if (!removed) all = std::move(removed);
  }
  return all;
}

}  // namespace matinee::capture
