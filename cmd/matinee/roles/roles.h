// The roles of the program. For a new role: a file with its components, and a line in roles.cc.
#pragma once

#include <span>

#include "runtime/role_runner.h"

namespace matinee {

std::span<const Role> Roles();

// Every component in one process, on SQLite. With `demo`, a pretend Jellyfin plays the demo film
// beside the media servers that are configured.
Result<Components> MakeUp(Context& context, const RoleOptions& options);
// nginx in front of an API that runs elsewhere, at API_ADDRESS.
Result<Components> MakeEdge(Context& context, const RoleOptions& options);
// The REST API and the leader duties, in any number of processes, of which one is the leader.
Result<Components> MakeApi(Context& context, const RoleOptions& options);
// Event streams, in any number of processes.
Result<Components> MakeLive(Context& context, const RoleOptions& options);
// Receives jobs and runs FFmpeg, in any number of processes.
Result<Components> MakeWorker(Context& context, const RoleOptions& options);

}  // namespace matinee
