#include "runtime/readiness.h"

#include <string>
#include <string_view>

#include "base/strings.h"

namespace matinee {

Result<Readiness> ReadinessOf(const http::Request& request) {
  Readiness readiness;
  for (const auto& [key, value] : request.query) {
    if (key != "exclude") continue;
    if (value == "database") {
      readiness.database = false;
    } else if (value == "redis") {
      readiness.redis = false;
    } else if (value == "api") {
      readiness.api = false;
    } else {
      return Fail(Code::kInvalidArgument, "there is no check " + EscapeUnprintable(value) +
                                              "; there are database, redis and api");
    }
  }
  return readiness;
}

}  // namespace matinee
