// A separate folder with a SQLite database in it.
#pragma once

#include <string>
#include <utility>

#include "sql/sqlite.h"
#include "tests/unit/sql/database_fixture.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::sql {

class SqliteTest : public SqlTest {
 protected:
  SqliteTest() : path_(folder_.File("test.db")) { Reopen(); }

  void Reopen() {
    database_.reset();
    auto opened = OpenSqlite(path_, clock_, &metrics_);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace matinee::sql
