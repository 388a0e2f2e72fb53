// The database: a SQLite file of one process, or a PostgreSQL that several share.
//
// Thread safety: plain values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace matinee::config {
struct Section;
}

namespace matinee::sql {

struct DatabaseSettings {
  std::string path;     // Of SQLite; empty if the database is PostgreSQL.
  Secret url;           // postgres://…; empty if the database is SQLite.
  int connections = 8;  // To PostgreSQL, at most.
};

// The default of the path is in `data_dir`, which must outlive the section.
config::Section DatabaseSection(DatabaseSettings& database, const std::string& data_dir);

// Returns the file of "sqlite:///folder/file.db". Fails with kInvalidArgument and the end of a
// sentence that begins with the value.
Result<std::string> ParseSqliteUrl(std::string_view text);

}  // namespace matinee::sql
