// The roles of the program: each reads settings, wires parts, runs, drains. No logic stands here.
//
// Each returns the exit code of the process: 0, or 1 after one clear line on stderr.
#pragma once

#include <chrono>
#include <string>

#include "config/settings.h"

namespace matinee {

// Every role in one process, on SQLite and an in-process queue. With `demo`, a pretend media server
// plays a film, besides those that are configured.
int RunUp(config::Settings settings, bool demo);

// The REST API, for any number of processes that share a PostgreSQL and a Redis. One of them, the
// leader, polls the media servers and sweeps.
int RunApi(config::Settings settings);

// Takes jobs and runs FFmpeg, beside any number of others.
int RunWorker(config::Settings settings);

// nginx in front of an API that runs elsewhere, at API_ADDRESS. Told to stop, it is not ready for
// DRAIN_DELAY, then takes no new connections and lets running requests end.
int RunEdge(config::Settings settings);

// Brings the schema of the database up to date. With `from`, "sqlite:///file", the captures of a
// single machine are brought over too. A PostgreSQL that cannot be reached yet is waited for,
// `wait` at most.
int RunMigrate(const config::Settings& settings, const std::string& from,
               std::chrono::seconds wait);

// Says what is misconfigured and how to mend it; 0 if all is well.
int RunDoctor(const config::Settings& settings);

// Says whether the role that runs here with the same settings is ready, or, with `url`, whether
// that address answers 200; 0 if so.
int RunHealth(const config::Settings& settings, const std::string& url);

// Plays a film as a pretend Jellyfin on `address`:`port` (0: any) until it is told to stop.
int RunDemo(const config::Settings& settings, const std::string& address, uint16_t port);

}  // namespace matinee
