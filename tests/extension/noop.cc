#include "tests/extension/noop.h"

#include <array>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "config/setting_types.h"
#include "schemas.h"

namespace matinee::noop {
namespace {

using std::chrono::milliseconds;

constexpr std::array<sql::Migration, 1> kSteps = {
    {{1, "noops", CREATE_JOB_TABLE("noops", ",\ncompletions BIGINT NOT NULL")}}};

}  // namespace

config::Section NoopSection(NoopSettings& noop) {
  return {.title = "Noops",
          .settings =
              {
                  config::Integer("NOOP_SLOTS", noop.slots, 2, 64, "How many noops run at once."),
                  config::Duration("NOOP_DURATION", noop.duration, milliseconds(0),
                                   milliseconds(60'000), "How long a noop takes."),
              },
          .prefixes = {"NOOP_"}};
}

sql::Schema NoopSchema() {
  return {kNoop, kSteps, {{.name = "noops", .key = "id"}}};
}

Program NoopProgram() {
  Program program = MatineeProgram();
  program.schemas.push_back(NoopSchema());
  program.queues.push_back({.name = kNoop});
  return program;
}

NoopKind::NoopKind(sql::Database& database, const Clock& clock)
    : JobKind(database, clock,
              {.kind = kNoop,
               .table = "noops",
               .columns = "completions",
               .complete = "completions = completions + 1"}) {}

Result<sql::Row> NoopKind::Insert(const std::string& id) {
  TRY_ASSIGN(std::optional<sql::Row> row, table().Insert(id, {0}));
  if (!row) return Fail(Code::kConflict, "the noop exists");
  return *std::move(row);
}

Result<jobs::Completion> NoopHandler::Run(const jobs::Attempt& attempt) {
  while (attempt.elapsed() < duration_) {
    if (attempt.cancel().cancelled()) return Fail(Code::kCancelled, "cancelled");
    std::this_thread::sleep_for(milliseconds(1));
  }
  return jobs::Completion{};
}

http::Route NoopRoute(coord::JobQueue& queue) {
  return http::Sync(
      http::Method::kGet, "/api/noops", http::Access::kUser, [&queue](const http::Request&) {
        const auto states = queue.State();
        if (!states) return http::Response::FromError(states.error());
        const auto& state = states->at(coord::PlaceOf(queue.queues(), kNoop));
        return http::Response::Json(200, "{\"queued\":" + std::to_string(state.queued) + "}");
      });
}

}  // namespace matinee::noop
