#include "library/gallery.h"

#include "capture/capture_row.h"

namespace matinee::library {
namespace {

constexpr sql::Query kCount{"gallery_count",
                            "SELECT COUNT(*) FROM captures WHERE phase <> 'deleting'"
                            " AND (CAST($1 AS TEXT) IS NULL OR capture_type = $1)"};

constexpr sql::Query kPage{"gallery_page", "SELECT " CAPTURE_COLUMNS
                                           " FROM captures WHERE phase <> 'deleting'"
                                           " AND (CAST($1 AS TEXT) IS NULL OR capture_type = $1)"
                                           " ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3"};

}  // namespace

Result<GalleryPage> ListCaptures(sql::Database& database, const GalleryQuery& query) {
  const sql::Value type =
      query.type ? sql::Value(capture::ToString(*query.type)) : sql::Value(nullptr);
  GalleryPage page;
  TRY_ASSIGN(const sql::Rows counted, database.Run(kCount, {type}));
  page.total = counted.front().Int(0);
  TRY_ASSIGN(const sql::Rows rows, database.Run(kPage, {type, query.limit, query.offset}));
  page.captures = capture::FromRows(rows);
  return page;
}

}  // namespace matinee::library
