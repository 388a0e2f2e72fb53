#include "api/routes.h"

#include <utility>

#include "api/routes_internal.h"

namespace matinee::api {

http::Response UncachedJson(int status, std::string body) {
  http::Response response = http::Response::Json(status, std::move(body));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

std::vector<http::Route> Routes(const Services& services, const ApiOptions& options) {
  std::vector<http::Route> routes;
  AddHealthRoutes(services, options, routes);
  AddJobRoutes(services, routes);
  AddSessionRoutes(services, options, routes);
  AddCaptureRoutes(services, options, routes);
  AddImageRoutes(services, routes);
  return routes;
}

}  // namespace matinee::api
