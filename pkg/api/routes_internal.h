// The parts of the route table; see routes.h.
#pragma once

#include <vector>

#include "api/routes.h"

namespace matinee::api {

using RouteList = std::vector<http::Route>;

void AddStatusRoutes(const Services& services, const ApiOptions& options, RouteList& routes);
void AddCaptureRoutes(const Services& services, const ApiOptions& options, RouteList& routes);
void AddImageRoutes(const Services& services, RouteList& routes);

}  // namespace matinee::api
