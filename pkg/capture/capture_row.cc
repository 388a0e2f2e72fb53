#include "capture/capture_row.h"

#include "base/strings.h"
#include "telemetry/log.h"

namespace matinee::capture {
namespace {

std::optional<int> OptionalInt(const sql::Row& row, size_t column) {
  const auto value = row.OptionalInt(column);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

// The places of capture_type and bulk among CAPTURE_COLUMNS.
constexpr size_t kTypeColumn = jobs::kJobStateColumns + 7;
constexpr size_t kBulkColumn = jobs::kJobStateColumns + 19;

}  // namespace

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

Result<Type> TypeFromRow(const sql::Row& row) {
  const std::string name = row.Text(kTypeColumn);
  const auto type = TypeFromString(name);
  if (!type) return jobs::CorruptRow(row, kCapturesTable, "capture_type", name);
  return *type;
}

bool BulkFromRow(const sql::Row& row) {
  return row.Bool(kBulkColumn);
}

Result<Capture> FromRow(const sql::Row& row) {
  Capture capture;
  TRY_ASSIGN(static_cast<jobs::JobState&>(capture), jobs::JobStateFromRow(row, kCapturesTable));
  CaptureSpec& spec = capture.spec;
  spec.traceparent = capture.traceparent;
  size_t column = jobs::kJobStateColumns;
  spec.source = row.Text(column++);
  spec.server = row.Text(column++);
  spec.session_id = row.Text(column++);
  spec.media_title = row.Text(column++);
  spec.media_path = DecodePath(row.Text(column++));
  spec.part_start_seconds = row.Double(column++);
  spec.audio_stream_index = OptionalInt(row, column++);
  TRY_ASSIGN(spec.type, TypeFromRow(row));
  ++column;
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
  capture.bulk = BulkFromRow(row);
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
