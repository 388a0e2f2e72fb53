#include "capture/capture_schema.h"

#include <array>

#include "jobs/job_state.h"

namespace matinee::capture {
namespace {

constexpr std::array<sql::Migration, 4> kSteps = {{
    {1, "captures", R"sql(
CREATE TABLE captures (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  server TEXT NOT NULL,
  session_id TEXT NOT NULL,
  media_title TEXT NOT NULL,
  media_path TEXT NOT NULL,
  part_start_seconds DOUBLE PRECISION NOT NULL,
  audio_stream_index BIGINT,
  capture_type TEXT NOT NULL CHECK (capture_type IN ('screenshot', 'clip')),
  precise BIGINT NOT NULL,
  requested_start_seconds DOUBLE PRECISION NOT NULL,
  requested_end_seconds DOUBLE PRECISION,
  idempotency_key TEXT,
  request_key TEXT NOT NULL,
  at_given BIGINT NOT NULL,
  timestamp_seconds DOUBLE PRECISION NOT NULL,
  duration_seconds DOUBLE PRECISION,
  file_name TEXT NOT NULL,
  file_size_bytes BIGINT NOT NULL,
  width BIGINT,
  height BIGINT,
  has_thumbnail BIGINT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'retrying', 'complete', 'failed',
                                       'cancelled', 'deleting')),
  progress DOUBLE PRECISION NOT NULL,
  attempt BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  retry_at BIGINT,
  error_code TEXT,
  error_message TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX captures_newest ON captures (created_at, id);
CREATE INDEX captures_phase ON captures (phase);
CREATE UNIQUE INDEX captures_idempotency_key ON captures (idempotency_key)
  WHERE idempotency_key IS NOT NULL;
)sql"},
    // The component `jobs` makes the table leadership too; either may come first.
    {2, "many_workers", R"sql(
ALTER TABLE captures ADD COLUMN deaths BIGINT NOT NULL DEFAULT 0;
ALTER TABLE captures ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
CREATE TABLE IF NOT EXISTS leadership (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL
);
INSERT INTO leadership (id, epoch) VALUES (1, 0) ON CONFLICT (id) DO NOTHING;
)sql"},
    // A poster has the id of its clip. Its row is not copied: the reconciler adds a missing one.
    {3, "posters",
     "CREATE INDEX captures_without_thumbnail ON captures (id)\n"
     "  WHERE has_thumbnail = 0;\n" CREATE_JOB_TABLE("posters", "")},
    // With defaults: programs of the version before insert rows without them.
    {4, "fair_share", R"sql(
ALTER TABLE captures ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE captures ADD COLUMN bulk BIGINT NOT NULL DEFAULT 0;
)sql"},
}};

constexpr const char* kQueuedIfRunning =
    "CASE WHEN CAST($value AS TEXT) = 'running' THEN 'queued' ELSE CAST($value AS TEXT) END";

// A key that the target uses already stays with its capture there: the copy has none.
constexpr const char* kNullIfUsed =
    "CASE WHEN EXISTS (SELECT 1 FROM captures WHERE idempotency_key = CAST($value AS TEXT))"
    " THEN NULL ELSE CAST($value AS TEXT) END";

}  // namespace

const sql::Schema& CaptureSchema() {
  static const sql::Schema schema = {
      "capture",
      kSteps,
      {{"captures", "id", {{"phase", kQueuedIfRunning}, {"idempotency_key", kNullIfUsed}}}}};
  return schema;
}

}  // namespace matinee::capture
