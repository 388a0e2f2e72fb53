// Reads the names of a table's columns from the catalogue. Internal to this package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

// `query` is the driver's, with the table as $1.
inline Result<std::vector<std::string>> ColumnNames(Session& session, const Query& query,
                                                    std::string_view table) {
  TRY_ASSIGN(const Rows rows, session.Run(query, {table}));
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.Text(0));
  return names;
}

}  // namespace matinee::sql
