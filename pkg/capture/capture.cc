#include "capture/capture.h"

namespace matinee::capture {
std::string_view ToString(Type type) {
  return type == Type::kScreenshot ? "screenshot" : "clip";
}

std::optional<Type> TypeFromString(std::string_view text) {
  if (text == "screenshot") return Type::kScreenshot;
  if (text == "clip") return Type::kClip;
  return std::nullopt;
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
  return std::string(kThumbnailFolder) + "/" + file_name.substr(0, file_name.rfind('.')) + ".jpg";
}

std::string_view ContentType(Type type) {
  return type == Type::kScreenshot ? "image/jpeg" : "video/mp4";
}

}  // namespace matinee::capture
