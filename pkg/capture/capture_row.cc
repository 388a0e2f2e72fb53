#include "capture/capture_row.h"

#include <array>
#include <limits>

#include "base/strings.h"
#include "base/time_format.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

constexpr std::array<sql::Migration, 2> kMigrations = {{
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
    // `epoch` is the term of the last leader, in one row: writes of older terms are refused.
    // `deaths` counts crashes. Both names are older than the words that the code uses now.
    {2, "many_workers", R"sql(
ALTER TABLE captures ADD COLUMN deaths BIGINT NOT NULL DEFAULT 0;
ALTER TABLE captures ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
CREATE TABLE leadership (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL
);
INSERT INTO leadership (id, epoch) VALUES (1, 0);
)sql"},
}};

std::optional<int> OptionalInt(const sql::Row& row, size_t column) {
  const auto value = row.OptionalInt(column);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

std::optional<Error> ErrorFrom(const sql::Row& row, size_t code, size_t message) {
  if (row.IsNull(code)) return std::nullopt;
  return Error{CodeFromName(row.Text(code)), row.OptionalText(message).value_or("")};
}

// The error of a value that this program never writes.
tl::unexpected<Error> Corrupt(const sql::Row& row, const char* column, const std::string& value) {
  return Fail(Code::kInternal, "the row " + EscapeUnprintable(row.Text(0)) +
                                   " of captures is corrupt: " + column + " is '" +
                                   EscapeUnprintable(value) + "'");
}

Result<int> CountFrom(const sql::Row& row, size_t column, const char* name) {
  const int64_t value = row.Int(column);
  if (value < 0 || value > std::numeric_limits<int>::max()) {
    return Corrupt(row, name, std::to_string(value));
  }
  return static_cast<int>(value);
}

}  // namespace

std::span<const sql::Migration> Migrations() {
  return kMigrations;
}

std::string EncodePath(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const bool plain = IsUtf8(path);
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '%' || (!plain && byte >= 0x80)) {
      text += '%';
      text += kHex[byte >> 4];
      text += kHex[byte & 0x0F];
    } else {
      text += c;
    }
  }
  return text;
}

std::string DecodePath(std::string_view text) {
  return PercentDecode(text).value_or(std::string(text));
}

Result<Capture> FromRow(const sql::Row& row) {
  Capture capture;
  CaptureSpec& spec = capture.spec;
  size_t column = 0;
  capture.id = row.Text(column++);
  spec.source = row.Text(column++);
  spec.server = row.Text(column++);
  spec.session_id = row.Text(column++);
  spec.media_title = row.Text(column++);
  spec.media_path = DecodePath(row.Text(column++));
  spec.part_start_seconds = row.Double(column++);
  spec.audio_stream_index = OptionalInt(row, column++);
  const std::string type_name = row.Text(column++);
  const auto type = TypeFromString(type_name);
  if (!type) return Corrupt(row, "capture_type", type_name);
  spec.type = *type;
  spec.precise = row.Bool(column++);
  spec.start_seconds = row.Double(column++);
  spec.end_seconds = row.OptionalDouble(column++);
  spec.request_key = row.Text(column++);
  capture.timestamp_seconds = row.Double(column++);
  capture.duration_seconds = row.OptionalDouble(column++);
  capture.file_name = row.Text(column++);
  capture.file_size_bytes = row.Int(column++);
  capture.width = OptionalInt(row, column++);
  capture.height = OptionalInt(row, column++);
  capture.has_thumbnail = row.Bool(column++);
  const std::string phase_name = row.Text(column++);
  const auto phase = PhaseFromString(phase_name);
  if (!phase) return Corrupt(row, "phase", phase_name);
  capture.phase = *phase;
  capture.progress = row.Double(column++);
  TRY_ASSIGN(capture.attempt, CountFrom(row, column++, "attempt"));
  TRY_ASSIGN(capture.tries, CountFrom(row, column++, "tries"));
  TRY_ASSIGN(capture.crashes, CountFrom(row, column++, "deaths"));
  spec.traceparent = row.Text(column++);
  capture.error = ErrorFrom(row, column, column + 1);
  column += 2;
  capture.created_at = FromMicros(row.Int(column++));
  capture.updated_at = FromMicros(row.Int(column++));
  return capture;
}

std::vector<Capture> FromRows(const sql::Rows& rows) {
  std::vector<Capture> captures;
  captures.reserve(rows.size());
  for (const sql::Row& row : rows) {
    Result<Capture> capture = FromRow(row);
    if (capture) {
      captures.push_back(*std::move(capture));
    } else {
      LogError("capture", "a corrupt row is left out of a list", capture.error());
    }
  }
  return captures;
}

}  // namespace matinee::capture
