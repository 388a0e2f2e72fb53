// A fresh, empty database for a test. The same tests run on every kind: a test program is linked
// with sqlite_test_database.cc or postgres_test_database.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"

namespace matinee {
class Metrics;
}

namespace matinee::sql {

class TestDatabase {
 public:
  static std::unique_ptr<TestDatabase> Make();
  virtual ~TestDatabase() = default;

  // A Database on it: the same data each time, as after a restart or in another pod.
  virtual Result<std::unique_ptr<Database>> Open(const Clock& clock, Metrics* metrics) = 0;

  // Its tables, columns and indexes, a line each.
  virtual std::vector<std::string> Schema(Database& database) = 0;

  [[nodiscard]] virtual std::string system() const = 0;  // As metrics call it.
};

}  // namespace matinee::sql
