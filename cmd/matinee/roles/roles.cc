#include "roles/roles.h"

#include <array>

#include "runtime/unique_names.h"

namespace matinee {
namespace {

constexpr std::array kRoles = {
    Role{.name = "up",
         .help = "Run everything in one process (the default way)",
         .needs = {.one_process = true,
                   .database = true,
                   .redis = true,
                   .files = true,
                   .ffmpeg = true,
                   .edge = true,
                   .drain_delay = true,
                   .lock = ""},
         .make = &MakeUp,
         .takes_demo = true},
    Role{.name = "edge",
         .help = "Run nginx in front of an API that runs elsewhere",
         // Locks a dedicated folder: an edge may share DATA_DIR with other roles.
         .needs = {.edge = true, .drain_delay = true, .lock = "edge"},
         .make = &MakeEdge},
    // Without Redis the gallery can still be read, so the API stays ready.
    Role{.name = "api",
         .help = "Run the REST API in a cluster (PostgreSQL and Redis)",
         .needs = {.database = true,
                   .redis = true,
                   .ready_without_redis = true,
                   .files = true,
                   .drain_delay = true},
         .make = &MakeApi},
    Role{.name = "live",
         .help = "Run the event streams of open pages in a cluster (Redis)",
         // The component itself asks for Redis.
         .needs = {.redis = true, .ready_without_redis = true, .drain_delay = true},
         .make = &MakeLive},
    Role{.name = "worker",
         .help = "Run FFmpeg for captures in a cluster (PostgreSQL and Redis)",
         .needs = {.database = true, .redis = true, .files = true, .ffmpeg = true},
         .make = &MakeWorker},
};
static_assert(HasUniqueNames(kRoles), "two roles have one name");

}  // namespace

std::span<const Role> Roles() {
  return kRoles;
}

}  // namespace matinee
