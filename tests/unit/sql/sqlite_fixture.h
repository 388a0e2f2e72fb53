// A folder of its own and a database in it, for the tests of this package.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "sql/sqlite.h"
#include "telemetry/metrics.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::sql {

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() : path_(folder_.File("test.db")) { Reopen(); }

  void Reopen() {
    database_.reset();
    auto opened = OpenSqlite(path_, clock_, &metrics_);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  // Runs what must succeed.
  Rows Run(std::string_view text, std::initializer_list<Value> values = {}) {
    auto rows = database_->Run(Query{"test", text}, values);
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *std::move(rows) : Rows();
  }

  // Runs what must fail.
  Error Fails(std::string_view text, std::initializer_list<Value> values = {}) {
    auto rows = database_->Run(Query{"test", text}, values);
    EXPECT_FALSE(rows) << text;
    return rows ? Error{} : rows.error();
  }

  int64_t Count() { return Run("SELECT COUNT(*) FROM t").at(0).Int(0); }

  TemporaryFolder folder_;
  std::string path_;
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<Database> database_;
};

}  // namespace matinee::sql
