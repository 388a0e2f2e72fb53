#include <nlohmann/json.hpp>
#include <string>

#include "base/strings.h"
#include "fuzz.h"
#include "json/document.h"
#include "json/scanner.h"

namespace {

using namespace matinee;

constexpr std::string_view kNames[] = {"a", "b", "Id"};
constexpr json::Shape kShape = {.names = kNames, .depth_max = 4, .values_max = 100};

// Whether a double holds all numbers of the text: the other parser refuses larger ones.
bool HasSaneNumbers(std::string_view text) {
  json::Scanner scanner(text);
  for (json::Event event = scanner.Next();
       event != json::Event::kEnd && event != json::Event::kError; event = scanner.Next()) {
    if (event == json::Event::kNumber && !ParseDouble(scanner.text())) return false;
  }
  return true;
}

bool IsJson(std::string_view text) {
  json::Scanner scanner(text);
  return scanner.Skip(scanner.Next()) && scanner.Next() == json::Event::kEnd;
}

size_t Check(json::Value value) {
  size_t values = 1;
  FUZZ_CHECK(!value.string() || IsUtf8(*value.string()));
  for (const json::Value child : value) values += Check(child);
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  if (HasSaneNumbers(text)) {
    // The other parser takes a NUL for the end of the text.
    const bool whole = text.find('\0') == std::string_view::npos;
    FUZZ_CHECK(IsJson(text) == (whole && nlohmann::json::accept(text)));
  }
  const auto document = json::Parse(text, kShape);
  if (document) FUZZ_CHECK(IsJson(text) && Check(document->root()) <= kShape.values_max);
  size_t elements = 0;
  const auto end =
      json::ForEach(text, {.root = true, .member = "a"}, kShape, [&elements](json::Value element) {
        FUZZ_CHECK(Check(element) <= kShape.values_max);
        return ++elements < 10;
      });
  FUZZ_CHECK(!end || end->bytes_read <= size);
  return 0;
}
