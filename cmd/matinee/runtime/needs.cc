#include "runtime/needs.h"

namespace matinee {
namespace {

Status CheckOneProcess(const std::string& role, const Settings& settings) {
  if (!settings.redis.url.empty()) {
    return Fail(Code::kInvalidArgument,
                "REDIS_URL is set, but " + role +
                    " is one process and needs no Redis: unset it, or run `matinee api`, "
                    "`matinee worker` and `matinee edge` instead");
  }
  if (!settings.database.url.empty()) {
    return Fail(Code::kInvalidArgument,
                "DATABASE_URL names a PostgreSQL server, but " + role +
                    " runs on SQLite: unset it (or set DB_PATH), or run `matinee api`, `matinee "
                    "worker` and `matinee edge` instead");
  }
  return {};
}

Status CheckCluster(const std::string& role, const Needs& needs, const Settings& settings) {
  const bool lacks_database = needs.database && settings.database.url.empty();
  if (lacks_database && !settings.redis.url.empty()) {
    return Fail(
        Code::kInvalidArgument,
        role +
            " cannot run on SQLite together with Redis: Redis is for several processes on "
            "several machines, and a SQLite file is for one. Set DATABASE_URL=postgres://…, "
            "or run `matinee up` on this machine alone");
  }
  if (lacks_database) {
    return Fail(Code::kInvalidArgument,
                role +
                    " shares its database with other processes: set DATABASE_URL=postgres://…, or "
                    "run `matinee up` on this machine alone");
  }
  if (needs.redis && settings.redis.url.empty()) {
    return Fail(Code::kInvalidArgument,
                role +
                    " works with other processes through Redis: set REDIS_URL=redis://…, or run "
                    "`matinee up` on this machine alone");
  }
  return {};
}

Status CheckPorts(const Settings& settings) {
  if (settings.address.port != settings.admin.port) return {};
  return Fail(Code::kInvalidArgument, "PORT and METRICS_PORT are both " +
                                          std::to_string(settings.address.port) +
                                          "; two servers cannot share a port");
}

}  // namespace

Status CheckNeeds(const std::string& role, const Needs& needs, const Settings& settings) {
  const std::string command = "`matinee " + role + "`";
  TRY(needs.one_process ? CheckOneProcess(command, settings)
                        : CheckCluster(command, needs, settings));
  return needs.edge ? CheckPorts(settings) : Status();
}

}  // namespace matinee
