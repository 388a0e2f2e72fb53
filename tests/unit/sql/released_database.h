// The database of a released version, from its SQL text beside this file.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "sql/database.h"

namespace matinee::sql {

// Runs schema_0_1_0.<sqlite|postgres>.sql. `system` is that of the TestDatabase.
inline void LoadVersion010(Database& database, const std::string& system) {
  const std::string driver = system == "sqlite" ? "sqlite" : "postgres";
  const std::string folder = MATINEE_SOURCE_DIR "/tests/unit/sql/";
  std::ifstream file(folder + "schema_0_1_0." + driver + ".sql");
  ASSERT_TRUE(file);
  const Status loaded = database.Transact([&](Session& session) -> Status {
    std::string statement;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("--")) continue;
      statement += line + "\n";
      if (!line.ends_with(';')) continue;
      TRY(session.Run({"load", statement}, {}));
      statement.clear();
    }
    return {};
  });
  ASSERT_TRUE(loaded) << loaded.error().message;
}

}  // namespace matinee::sql
