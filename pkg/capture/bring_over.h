// Brings the captures of one database into another: from the SQLite of a single machine to the
// PostgreSQL of a cluster. Their files are not touched.
//
// Thread safety: nobody else may write to `from` meanwhile.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::capture {

struct BroughtOver {
  int64_t found = 0;
  int64_t added = 0;  // The others were there already.
};

// Both have the schema of this program. What was being made is queued again; what was being deleted
// goes on being deleted, so that its files go too. May be repeated: what is there already stays as
// it is; what has been deleted there since comes back, without its files. `on_progress` is told now
// and then how many have been looked at. Fails as the databases do.
Result<BroughtOver> BringOver(sql::Database& from, sql::Database& to,
                              const std::function<void(int64_t found)>& on_progress);

}  // namespace matinee::capture
