#include "api/routes.h"

#include "api/routes_internal.h"

namespace matinee::api {

std::vector<http::Route> Routes(const Services& services, const ApiOptions& options) {
  std::vector<http::Route> routes;
  AddStatusRoutes(services, options, routes);
  AddCaptureRoutes(services, options, routes);
  AddImageRoutes(services, routes);
  return routes;
}

}  // namespace matinee::api
