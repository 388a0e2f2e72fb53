#include "live/event_stream.h"

#include <nlohmann/json.hpp>

namespace matinee::live {
namespace {

using Json = nlohmann::json;

// A line break within the data would end the field: each line is a separate one.
void AppendData(std::string& text, std::string_view data) {
  size_t begin = 0;
  while (true) {
    const size_t end = data.find_first_of("\r\n", begin);
    text.append("data: ").append(data.substr(begin, end - begin)).append("\n");
    if (end == std::string_view::npos) return;
    const bool is_crlf = data.substr(end, 2) == "\r\n";
    begin = end + (is_crlf ? 2 : 1);
  }
}

}  // namespace

std::string EncodeEvent(std::string_view id, std::string_view event, std::string_view data) {
  std::string text;
  text.append("id: ").append(id).append("\nevent: ").append(event).append("\n");
  AppendData(text, data);
  return text + "\n";
}

std::string EncodeStart(std::chrono::milliseconds retry, std::string_view last_id) {
  std::string text = "retry: " + std::to_string(retry.count()) + "\n";
  if (!last_id.empty()) text.append("id: ").append(last_id).append("\n");
  return text + "\n";
}

std::string EncodeHeartbeat() {
  return ": heartbeat\n\n";
}

std::string EventData(std::string_view id) {
  if (id.empty()) return "{}";
  return Json{{"id", id}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace matinee::live
