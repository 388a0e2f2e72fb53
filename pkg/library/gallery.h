// Lists captures page by page, newest first.
//
// Thread safety: may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "sql/database.h"

namespace matinee::library {

// Maximum rows of a page: MediaSnap's limit, about 150 KB.
constexpr int64_t kPageMax = 200;
constexpr int64_t kPageDefault = 50;

struct GalleryQuery {
  std::optional<capture::Type> type;
  int64_t limit = kPageDefault;  // 1 to kPageMax
  int64_t offset = 0;            // 0 or more
};

struct GalleryPage {
  std::vector<capture::Capture> captures;
  int64_t total = 0;  // Of all pages.
};

// Corrupt rows are logged and left out of the page; `total` counts them.
Result<GalleryPage> ListCaptures(sql::Database& database, const GalleryQuery& query);

}  // namespace matinee::library
