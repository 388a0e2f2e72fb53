// Runs a role: signals, admin server, open, start, drain, stop. The only run loop of the program.
#pragma once

#include "base/result.h"
#include "runtime/component.h"
#include "runtime/context.h"
#include "runtime/needs.h"
#include "runtime/program.h"
#include "runtime/settings.h"

namespace matinee {

// From the command line.
struct RoleOptions {
  bool demo = false;
};

struct Role {
  const char* name;
  const char* help;
  Needs needs;
  // Makes the components in the order of their start. `context` is open, and outlives them.
  Result<Components> (*make)(Context& context, const RoleOptions& options);
  bool takes_demo = false;  // Has the option --demo.
};

// Returns the exit code of the process, after a signal: 0, or 1 and a line on stderr if it could
// not start.
//
// The admin server answers before PostgreSQL is reached. SIGTERM makes the role not ready, lets it
// serve on for DRAIN_DELAY if it serves requests, drains its components and stops them. A second
// signal ends the process at once.
int RunRole(const Program& program, const Role& role, Settings settings,
            const RoleOptions& options);

}  // namespace matinee
