#include "shared_role.h"

#include <utility>

namespace matinee {

SharedRole::SharedRole(std::string name, bool needs_redis, config::Settings settings)
    : name_(std::move(name)),
      needs_redis_(needs_redis),
      foundation_(std::move(settings)),
      status_(std::make_unique<StatusServer>(foundation_.settings(), foundation_.metrics(),
                                             [this] { return NotReady(); })) {}

Status SharedRole::CheckSettings() const {
  const config::Settings& settings = foundation_.settings();
  const std::string role = "`matinee " + name_ + "`";
  if (settings.database_url.empty() && !settings.redis_url.empty()) {
    return Fail(
        Code::kInvalidArgument,
        role +
            " cannot run on SQLite together with Redis: Redis is for several processes on "
            "several machines, and a SQLite file is for one. Set DATABASE_URL=postgres://…, "
            "or run `matinee up` on this machine alone");
  }
  if (settings.database_url.empty()) {
    return Fail(Code::kInvalidArgument,
                role +
                    " shares its database with other processes: set DATABASE_URL=postgres://…, or "
                    "run `matinee up` on this machine alone");
  }
  if (settings.redis_url.empty()) {
    return Fail(Code::kInvalidArgument,
                role +
                    " meets the other processes in Redis: set REDIS_URL=redis://…, or run "
                    "`matinee up` on this machine alone");
  }
  return {};
}

Status SharedRole::Open(const Signals& signals) {
  TRY(CheckSettings());
  TRY(status_->Start());
  return foundation_.OpenShared([&signals] { return !signals.pending(); });
}

void SharedRole::Started() {
  const std::lock_guard lock(mutex_);
  const Clock& clock = foundation_.clock();
  database_ = std::make_unique<HealthWatch>(
      "PostgreSQL", [this] { return foundation_.DatabaseProblem(); }, clock);
  if (!needs_redis_) return;
  redis_ = std::make_unique<HealthWatch>(
      "Redis",
      [this] {
        const Status redis = foundation_.coord().check();
        return redis ? "" : redis.error().message;
      },
      clock);
}

void SharedRole::Stop() {
  status_->Stop();
  const std::lock_guard lock(mutex_);
  database_.reset();
  redis_.reset();
}

std::string SharedRole::NotReady() {
  const std::lock_guard lock(mutex_);
  if (!database_) return "starting";
  if (std::string problem = database_->problem(); !problem.empty()) return problem;
  return redis_ ? redis_->problem() : "";
}

}  // namespace matinee
