#include "capture/bring_over.h"

#include <string>

namespace matinee::capture {
namespace {

// Rows per step: few enough for memory and for one transaction.
constexpr int64_t kBatch = 500;

#define ALL_COLUMNS                                                                             \
  "id, source, server, session_id, media_title, media_path, part_start_seconds, "               \
  "audio_stream_index, capture_type, precise, requested_start_seconds, requested_end_seconds, " \
  "idempotency_key, request_key, at_given, timestamp_seconds, duration_seconds, file_name, "    \
  "file_size_bytes, width, height, has_thumbnail, phase, progress, attempt, tries, retry_at, "  \
  "error_code, error_message, created_at, updated_at, deaths, traceparent"

constexpr sql::Query kRead{
    "bring_over_read", "SELECT " ALL_COLUMNS " FROM captures WHERE id > $1 ORDER BY id LIMIT $2"};

// A key that the target uses as well stays with the row there: the capture is copied without it.
constexpr sql::Query kWrite{
    "bring_over_write",
    "INSERT INTO captures (" ALL_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
    " CASE WHEN EXISTS (SELECT 1 FROM captures WHERE idempotency_key = CAST($13 AS TEXT))"
    "   THEN NULL ELSE CAST($13 AS TEXT) END,"
    " $14, $15, $16, $17, $18,"
    " $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)"
    " ON CONFLICT (id) DO NOTHING RETURNING id"};

// No worker of the target runs it.
std::string PhaseInTarget(const std::string& phase) {
  return phase == "running" ? "queued" : phase;
}

Result<bool> Write(sql::Session& to, const sql::Row& row) {
  TRY_ASSIGN(const sql::Rows added, to.Run(kWrite, {row.Text(0),
                                                    row.Text(1),
                                                    row.Text(2),
                                                    row.Text(3),
                                                    row.Text(4),
                                                    row.Text(5),
                                                    row.Double(6),
                                                    row.OptionalInt(7),
                                                    row.Text(8),
                                                    row.Int(9),
                                                    row.Double(10),
                                                    row.OptionalDouble(11),
                                                    row.OptionalText(12),
                                                    row.Text(13),
                                                    row.Int(14),
                                                    row.Double(15),
                                                    row.OptionalDouble(16),
                                                    row.Text(17),
                                                    row.Int(18),
                                                    row.OptionalInt(19),
                                                    row.OptionalInt(20),
                                                    row.Int(21),
                                                    PhaseInTarget(row.Text(22)),
                                                    row.Double(23),
                                                    row.Int(24),
                                                    row.Int(25),
                                                    row.OptionalInt(26),
                                                    row.OptionalText(27),
                                                    row.OptionalText(28),
                                                    row.Int(29),
                                                    row.Int(30),
                                                    row.Int(31),
                                                    row.Text(32)}));
  return !added.empty();
}

}  // namespace

Result<BroughtOver> BringOver(sql::Database& from, sql::Database& to,
                              const std::function<void(int64_t found)>& on_progress) {
  BroughtOver brought;
  std::string last;  // Ids sort by age, so pages follow one another.
  for (;;) {
    TRY_ASSIGN(const sql::Rows rows, from.Run(kRead, {last, kBatch}));
    if (rows.empty()) return brought;
    int64_t added = 0;
    TRY(to.Transact([&](sql::Session& session) -> Status {
      added = 0;
      for (const sql::Row& row : rows) {
        TRY_ASSIGN(const bool is_new, Write(session, row));
        if (is_new) ++added;
      }
      return {};
    }));
    brought.found += static_cast<int64_t>(rows.size());
    brought.added += added;
    last = rows.back().Text(0);
    on_progress(brought.found);
  }
}

}  // namespace matinee::capture
