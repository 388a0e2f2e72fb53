// How a row of the table `captures` becomes a Capture: for the queries of this package and of the
// gallery. SELECT and RETURNING lists name CAPTURE_COLUMNS, and FromRow reads them in that order.
#pragma once

#include <span>

#include "capture/capture.h"
#include "sql/database.h"

// A macro, because a query's text is one literal.
#define CAPTURE_COLUMNS                                                                         \
  "id, source, server, session_id, media_title, media_path, part_start_seconds, "               \
  "audio_stream_index, capture_type, precise, requested_start_seconds, requested_end_seconds, " \
  "request_key, timestamp_seconds, duration_seconds, file_name, file_size_bytes, width, "       \
  "height, has_thumbnail, phase, progress, attempt, tries, deaths, traceparent, error_code, "   \
  "error_message, "                                                                             \
  "created_at, updated_at"

namespace matinee::capture {

Capture FromRow(const sql::Row& row);

// A path as text that a database takes: bytes that are not UTF-8, and '%', become %XX.
std::string EncodePath(std::string_view path);
std::string DecodePath(std::string_view text);

// The schema of everything that is kept about captures, step by step. Steps are never changed once
// released; a new one is added.
std::span<const sql::Migration> Migrations();

}  // namespace matinee::capture
