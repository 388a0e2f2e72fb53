#include <string>
#include <vector>

#include "fuzz.h"
#include "http/router.h"
#include "http/target.h"

namespace {

using namespace matinee;

const http::Router& Routes() {
  static const http::Router router([] {
    std::vector<http::Route> routes;
    for (const char* path : {"/api/captures", "/api/captures/{id}", "/api/captures/{id}/file",
                             "/api/sessions", "/captures/{file_name}"}) {
      routes.push_back({http::Method::kGet, path, http::Access::kPublic,
                        [](const http::Request&, http::Responder) {}});
    }
    return routes;
  }());
  return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::View(data, size);
  std::string_view target = text;
  if (const auto line = http::ParseRequestLine(text)) {
    FUZZ_CHECK(line->method.find(' ') == std::string_view::npos);
    FUZZ_CHECK(line->target.find_first_of(" \r\n") == std::string_view::npos);
    target = line->target;
  }
  const auto parsed = http::ParseTarget(target);
  if (!parsed) return 0;
  FUZZ_CHECK(target.starts_with('/'));
  FUZZ_CHECK(parsed->path.find('\0') == std::string::npos);
  const auto match = Routes().Find(http::Method::kGet, parsed->segments);
  if (match.route != nullptr) {
    FUZZ_CHECK(!match.path_template.empty());
    for (const auto& [name, value] : match.params) {
      FUZZ_CHECK(!name.empty() && value.find('\0') == std::string::npos);
    }
  }
  return 0;
}
