// The parts of the route table; see routes.h. Internal to this package.
#pragma once

#include <string>
#include <vector>

#include "api/routes.h"

namespace matinee::api {

using RouteList = std::vector<http::Route>;

// Makes an answer that clients must not cache.
http::Response UncachedJson(int status, std::string body);

void AddHealthRoutes(const Services& services, const ApiOptions& options, RouteList& routes);
void AddJobRoutes(const Services& services, RouteList& routes);
void AddSessionRoutes(const Services& services, const ApiOptions& options, RouteList& routes);
void AddCaptureRoutes(const Services& services, const ApiOptions& options, RouteList& routes);
void AddImageRoutes(const Services& services, RouteList& routes);

}  // namespace matinee::api
