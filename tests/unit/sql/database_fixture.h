// A separate database for each test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "telemetry/metrics.h"
#include "tests/lib/cpp/test_database.h"

namespace matinee::sql {

// What the tests of all databases have in common.
class SqlTest : public testing::Test {
 protected:
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

  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<Database> database_;
};

// On a database of the kind that the test program is linked with.
class DatabaseFixture : public SqlTest {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    database_.reset();
    auto opened = test_database_->Open(clock_, &metrics_);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  std::unique_ptr<TestDatabase> test_database_ = TestDatabase::Make();
};

}  // namespace matinee::sql
