// DB_PATH may name the database of MediaSnap, Matinee's predecessor.
//
// Thread safety: one call at a time.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/settings.h"
#include "sql/schema.h"

namespace matinee {

// Returns the SQLite file of these settings: DB_PATH. If that is MediaSnap's database, it is left
// alone: the file is `matinee.db` in the same folder, which the first call makes of MediaSnap's
// captures, in full or not at all. One line of the log says so. Fails as OpenMediaSnap and
// ImportMediaSnap do.
Result<std::string> SqliteFile(const Settings& settings, const sql::SchemaRegistry& schemas,
                               const Clock& clock);

}  // namespace matinee
