#include "capture/orphaned_files.h"

#include <set>
#include <string>
#include <vector>

#include "telemetry/log.h"

namespace matinee::capture {
namespace {

Status Remove(storage::FileStore& files, const std::string& file_name) {
  TRY(files.Remove(file_name));
  return files.Remove(ThumbnailName(file_name));
}

// The id of a capture, a UUID, with which the name of each temporary file begins.
std::string IdOf(const storage::TemporaryFile& file) {
  constexpr size_t kIdLength = 36;
  return file.name.substr(0, kIdLength);
}

}  // namespace

void RemoveAttempt(storage::FileStore& files, const Capture& capture, int attempt) {
  const Status removed = Remove(files, FileName(capture.id, capture.spec.type, attempt));
  if (removed) return;
  LogError("capture", "orphaned files cannot be removed", removed.error(),
           {{"capture_id", capture.id}});
}

void RemoveOrphanedFiles(storage::FileStore& files, const Capture& capture) {
  for (int attempt = 1; attempt <= capture.attempt; ++attempt) {
    const bool named = capture.phase == Phase::kComplete &&
                       FileName(capture.id, capture.spec.type, attempt) == capture.file_name;
    if (!named) RemoveAttempt(files, capture, attempt);
  }
}

// Files are listed before the queue is asked: a newer file has an older job. Only if the queue has
// lost its jobs can a file without one be in use: then its row is running, until the next round
// requeues it.
Status RemoveTemporaryFiles(storage::FileStore& files, jobs::JobKind& kind,
                            coord::JobQueue& queue) {
  TRY_ASSIGN(const auto temporary, files.TemporaryFiles(kind.name()));
  if (temporary.empty()) return {};
  std::vector<std::string> keys;
  keys.reserve(temporary.size());
  for (const auto& file : temporary) keys.push_back(kind.KeyOf(IdOf(file)));
  TRY_ASSIGN(const std::set<std::string> live, queue.Live(keys));
  for (size_t i = 0; i < temporary.size(); ++i) {
    if (live.contains(keys[i])) continue;
    TRY_ASSIGN(const auto row, kind.table().Find(IdOf(temporary[i])));
    if (row && jobs::PhaseFromString(row->Text(1)) == Phase::kRunning) continue;
    files.Discard(temporary[i].path);
  }
  return {};
}

Status RemoveAll(storage::FileStore& files, const Capture& capture) {
  for (int attempt = 1; attempt <= capture.attempt; ++attempt) {
    TRY(Remove(files, FileName(capture.id, capture.spec.type, attempt)));
  }
  return Remove(files, capture.file_name);
}

}  // namespace matinee::capture
