#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "api/routes_internal.h"

namespace matinee::api {
namespace {

using Json = nlohmann::ordered_json;

// Dead letters in one answer: enough to see what is wrong; `matinee jobs dead-letters` has the
// rest.
constexpr size_t kDeadLetters = 100;

Result<Json> QueuesJson(coord::JobQueue& queue) {
  TRY_ASSIGN(const auto states, queue.State());
  Json json = Json::array();
  for (size_t place = 0; place < queue.queues().size(); ++place) {
    const coord::Queue& settings = queue.queues().at(place);
    const coord::QueueState& state = states.at(place);
    json.push_back(
        {{"name", settings.name},
         {"priority", place + 1},
         {"limit", settings.jobs_max},
         {"reserved_slots", settings.reserved_slots},
         {"queued", state.queued},
         {"in_flight", state.in_flight},
         {"oldest_age_seconds", std::chrono::duration<double>(state.oldest_age).count()}});
  }
  return json;
}

Result<Json> KindsJson(const jobs::JobKinds& kinds) {
  Json json = Json::array();
  for (const auto& kind : kinds.all()) {
    TRY_ASSIGN(const auto counts, kind->table().CountByPhase());
    Json phases = Json::object();
    for (const jobs::Phase phase : jobs::kPhases) {
      if (phase == jobs::Phase::kDeleting) continue;
      const auto found = counts.find(phase);
      phases[std::string(ToString(phase))] = found == counts.end() ? 0 : found->second;
    }
    json.push_back({{"kind", kind->name()}, {"phases", std::move(phases)}});
  }
  return json;
}

Result<Json> DeadLettersJson(coord::JobQueue& queue) {
  TRY_ASSIGN(const auto dead_letters, queue.DeadLetters(kDeadLetters));
  Json json = Json::array();
  for (const coord::DeadLetterJob& letter : dead_letters) {
    json.push_back({{"queue", letter.job.queue},
                    {"kind", letter.job.kind},
                    {"subject", letter.job.subject},
                    {"reason", letter.reason}});
  }
  return json;
}

Result<std::string> JobsJson(const Services& services) {
  Json json;
  TRY_ASSIGN(json["queues"], QueuesJson(services.queue));
  TRY_ASSIGN(json["kinds"], KindsJson(services.kinds));
  TRY_ASSIGN(json["dead_letters"], DeadLettersJson(services.queue));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void AddJobRoutes(const Services& services, RouteList& routes) {
  routes.push_back(
      Sync(http::Method::kGet, "/api/jobs", http::Access::kAdmin, [services](const http::Request&) {
        const Result<std::string> json = JobsJson(services);
        return json ? UncachedJson(200, *json) : http::Response::FromError(json.error());
      }));
}

}  // namespace matinee::api
