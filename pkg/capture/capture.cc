#include "capture/capture.h"

#include <array>
#include <utility>

namespace matinee::capture {
namespace {

constexpr std::array<std::pair<Phase, std::string_view>, 7> kPhaseNames = {{
    {Phase::kQueued, "queued"},
    {Phase::kRunning, "running"},
    {Phase::kRetrying, "retrying"},
    {Phase::kComplete, "complete"},
    {Phase::kFailed, "failed"},
    {Phase::kCancelled, "cancelled"},
    {Phase::kDeleting, "deleting"},
}};

}  // namespace

std::string_view ToString(Type type) {
  return type == Type::kScreenshot ? "screenshot" : "clip";
}

std::optional<Type> TypeFromString(std::string_view text) {
  if (text == "screenshot") return Type::kScreenshot;
  if (text == "clip") return Type::kClip;
  return std::nullopt;
}

std::string_view ToString(Phase phase) {
  for (const auto& [known, name] : kPhaseNames) {
    if (known == phase) return name;
  }
  return "queued";
}

std::optional<Phase> PhaseFromString(std::string_view text) {
  for (const auto& [phase, name] : kPhaseNames) {
    if (name == text) return phase;
  }
  return std::nullopt;
}

bool IsTerminal(Phase phase) {
  return phase == Phase::kComplete || phase == Phase::kFailed || phase == Phase::kCancelled ||
         phase == Phase::kDeleting;
}

std::string_view LegacyStatus(Phase phase) {
  if (!IsTerminal(phase)) return "pending";
  return phase == Phase::kComplete ? "complete" : "failed";
}

std::string FileName(const std::string& id, Type type, int attempt) {
  const std::string number = attempt > 1 ? "." + std::to_string(attempt) : "";
  return id + number + (type == Type::kScreenshot ? ".jpg" : ".mp4");
}

std::string ThumbnailName(const std::string& file_name) {
  return "thumbnails/" + file_name.substr(0, file_name.rfind('.')) + ".jpg";
}

std::string_view ContentType(Type type) {
  return type == Type::kScreenshot ? "image/jpeg" : "video/mp4";
}

}  // namespace matinee::capture
