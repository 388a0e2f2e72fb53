#include "commands/commands.h"

#include <array>

#include "runtime/unique_names.h"

namespace matinee {
namespace {

constexpr std::array kCommands = {
    Command{.name = "migrate", .help = "Bring the database up to date", .make = &MakeMigrate},
    Command{.name = "import",
            .help = "Take over captures that the database does not know",
            .make = &MakeImport},
    Command{.name = "doctor",
            .help = "Report what is misconfigured, and how to fix it",
            .make = &MakeDoctor},
    Command{.name = "health",
            .help = "Report whether the role on this host is ready",
            .make = &MakeHealth},
    Command{.name = "jobs", .help = "List, retry, cancel and discard jobs", .make = &MakeJobs},
    Command{.name = "demo",
            .help = "Play the demo film as a pretend Jellyfin server",
            .make = &MakeDemo},
    Command{.name = "docs",
            .help = "Print documents that are made from the code",
            .make = &MakeDocs,
            .reads_settings = false},
};
static_assert(HasUniqueNames(kCommands), "two commands have one name");

}  // namespace

std::span<const Command> Commands() {
  return kCommands;
}

}  // namespace matinee
