#include "capture/orphaned_files.h"

#include <string>

#include "telemetry/log.h"

namespace matinee::capture {
namespace {

Status Remove(FileStore& files, const std::string& file_name) {
  TRY(files.Remove(file_name));
  return files.Remove(ThumbnailName(file_name));
}

}  // namespace

Error CrashesError() {
  return {Code::kInternal, "Matinee was interrupted each time it was making this, and gave up"};
}

void RemoveAttempt(FileStore& files, const Capture& capture, int attempt) {
  const Status removed = Remove(files, FileName(capture.id, capture.spec.type, attempt));
  if (removed) return;
  LogError("capture", "orphaned files cannot be removed", removed.error(),
           {{"capture_id", capture.id}});
}

void RemoveOrphanedFiles(FileStore& files, const Capture& capture) {
  for (int attempt = 1; attempt <= capture.attempt; ++attempt) {
    const bool named = capture.phase == Phase::kComplete &&
                       FileName(capture.id, capture.spec.type, attempt) == capture.file_name;
    if (!named) RemoveAttempt(files, capture, attempt);
  }
}

Status RemoveAll(FileStore& files, const Capture& capture) {
  for (int attempt = 1; attempt <= capture.attempt; ++attempt) {
    TRY(Remove(files, FileName(capture.id, capture.spec.type, attempt)));
  }
  return Remove(files, capture.file_name);
}

}  // namespace matinee::capture
