// Copies the rows of all components from one database into another: from the SQLite of a single
// machine to the PostgreSQL of a cluster.
//
// Thread safety: nothing else may write to `from` during the copy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/database.h"
#include "sql/schema.h"

namespace matinee::sql {

struct TableCopy {
  std::string table;
  int64_t found = 0;
  int64_t added = 0;  // The others were in the target already.
};

// Copies the tables of the registry, in its order. Both databases must have its schema. It may be
// repeated: a row whose key is in the target stays as it is there; a row that was deleted there
// since is added again. `on_progress` is called after each transaction of 500 rows. Fails as the
// databases do, and with kInternal if the registry names a table or column that does not exist.
Result<std::vector<TableCopy>> CopyTables(
    Database& from, Database& to, const SchemaRegistry& registry,
    const std::function<void(const TableCopy& so_far)>& on_progress);

}  // namespace matinee::sql
