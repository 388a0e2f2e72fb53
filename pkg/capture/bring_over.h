// Copies the rows of captures from one database to another: from the SQLite of a single machine to
// the PostgreSQL of a cluster. Their files are not touched.
//
// Thread safety: `from` must not be written to during the copy.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::capture {

struct BroughtOver {
  int64_t found = 0;
  int64_t added = 0;  // The others existed already.
};

// Both databases must have the schema of this program. Running captures become queued; deleting
// ones stay so, so that their files are removed too. May be repeated: existing rows stay as they
// are; rows that were deleted in `to` since then come back, without their files. `on_progress` is
// called after each step with the number of rows read. Returns the errors of the databases.
Result<BroughtOver> BringOver(sql::Database& from, sql::Database& to,
                              const std::function<void(int64_t found)>& on_progress);

}  // namespace matinee::capture
