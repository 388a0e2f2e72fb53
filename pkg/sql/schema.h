// The registry of schemas: each component (a package with tables) has numbered steps, and the table
// schema_migrations records which of them a database has.
//
// Thread safety: all functions may be called from any thread, and from several programs at once.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

// A step of a schema; step n brings version n-1 to n. Steps are never changed once released.
struct Migration {
  int version;
  std::string_view name;
  std::string_view text;  // One or several statements, split at ';' at a line's end.
};

// A table whose rows CopyTables copies.
struct Table {
  std::string name;
  std::string key;  // A unique key: columns that are not null, separated by ", ".
  // By column: the SQL expression that is stored instead of the value. It runs in the target
  // database, with the value as $value; write CAST($value AS TEXT).
  std::map<std::string, std::string> on_copy = {};
};

struct Schema {
  std::string component;
  std::span<const Migration> steps;
  std::vector<Table> tables = {};  // Those that a foreign key refers to come first.
};

// A component comes after those that its tables refer to.
using SchemaRegistry = std::vector<Schema>;

// Runs the pending steps of all components in one transaction: if one fails, the database stays as
// it was. Concurrent calls follow one another. Fails with kConflict if the database is newer than
// this program, with kInternal if the registry is malformed or a step is.
Status Migrate(Database& database, const SchemaRegistry& registry);

// Checks that the database has exactly the steps of the registry; changes nothing. Fails with
// kConflict and what to do: run `matinee migrate`, or a newer program.
Status CheckSchema(Database& database, const SchemaRegistry& registry);

}  // namespace matinee::sql
