// Converts rows of the table `captures` to Captures: for the queries of this package and of the
// gallery. SELECT and RETURNING lists name CAPTURE_COLUMNS, and FromRow reads them in that order.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "jobs/job_state.h"
#include "sql/database.h"

// Macros, because a query's text is one literal.
#define CAPTURE_OWN_COLUMNS                                                              \
  "source, server, session_id, media_title, media_path, part_start_seconds, "            \
  "audio_stream_index, capture_type, precise, requested_start_seconds, "                 \
  "requested_end_seconds, request_key, timestamp_seconds, duration_seconds, file_name, " \
  "file_size_bytes, width, height, has_thumbnail, bulk"
#define CAPTURE_COLUMNS JOB_STATE_COLUMNS ", " CAPTURE_OWN_COLUMNS

namespace matinee::capture {

inline constexpr char kCapturesTable[] = "captures";

// Returns the type of the capture. Fails with kInternal if the row holds another.
Result<Type> TypeFromRow(const sql::Row& row);
// Returns whether the capture is queued in bulk.
bool BulkFromRow(const sql::Row& row);

// Fails with kInternal, naming the row and the column, if the row holds a type or a phase that does
// not exist, or a negative attempt, try or crash count.
Result<Capture> FromRow(const sql::Row& row);

// Converts a list. A corrupt row must not block the others: it is logged and left out.
std::vector<Capture> FromRows(const sql::Rows& rows);

// Encodes a path as text that a database accepts: bytes that are not UTF-8, and '%', become %XX.
std::string EncodePath(std::string_view path);
std::string DecodePath(std::string_view text);

}  // namespace matinee::capture
