// The commands of the program: each does one thing and ends. For a new command: a file, and a line
// in commands.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>

#include "runtime/settings.h"

namespace matinee {

// Returns the exit code of the process: 0, or 1 after a line on stderr that says why.
using CommandBody = std::function<int(const Settings& settings)>;

struct Command {
  const char* name;
  const char* help;
  // Adds the options of the command to `app`; the body uses their values.
  CommandBody (*make)(CLI::App& app);
  bool reads_settings = true;  // Otherwise the body gets empty ones.
};

std::span<const Command> Commands();

// Brings the schema of the database up to date.
CommandBody MakeMigrate(CLI::App& app);
// Takes over captures that the database does not know.
CommandBody MakeImport(CLI::App& app);
// `matinee import --captures`: adds rows for the files in CAPTURE_DIR, and prints how many.
Status ImportCaptureFolder(const Settings& settings);
// Reports what is misconfigured, and how to fix it.
CommandBody MakeDoctor(CLI::App& app);
// Exits 0 if the role on this host is ready.
CommandBody MakeHealth(CLI::App& app);
// Lists, retries, cancels and discards jobs.
CommandBody MakeJobs(CLI::App& app);
// Plays the demo film as a pretend Jellyfin server, until a signal.
CommandBody MakeDemo(CLI::App& app);
// Prints documents that are made from the code.
CommandBody MakeDocs(CLI::App& app);

}  // namespace matinee
