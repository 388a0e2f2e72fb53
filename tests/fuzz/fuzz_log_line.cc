#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz.h"
#include "telemetry/log_line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  std::string_view input = fuzz::View(data, size);
  const Error error{Code::kUnavailable, std::string(fuzz::TakeLine(input))};
  const std::vector<LogField> fields = {{"title", input}, {"size", size}};
  const LogLine line{WallTime(), Severity::kWarn, "fuzz", "line", fields, &error};

  const std::string json = FormatJsonLine(line);
  FUZZ_CHECK(json.find('\n') == json.size() - 1);
  FUZZ_CHECK(nlohmann::json::accept(json));
  const std::string text = FormatTextLine(line);
  FUZZ_CHECK(text.find('\n') == text.size() - 1);
  return 0;
}
