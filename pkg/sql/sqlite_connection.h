// One connection to a SQLite file. Internal to this package.
//
// Thread safety: none; the pool lends a connection to one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace matinee::sql {

// Statements kept ready on a connection. The program has a few dozen; gallery filters add some.
constexpr size_t kStatementsMax = 64;
// How long a lock of another program (a backup, the sqlite3 shell) is waited for.
constexpr std::chrono::seconds kLockWait{5};
// How long one statement may run. All of ours are far below; a bad plan must not hold the writer.
constexpr std::chrono::seconds kStatementTime{30};

class SqliteConnection {
 public:
  // kForeign only reads a file of another program, and changes not a byte of it.
  enum class Role { kWriter, kReader, kForeign };
  // Says in the file's header whose database it is: "Matn". Never change it.
  static constexpr int64_t kApplicationId = 0x4D61746E;
  static constexpr Query kColumns{"columns", "SELECT name FROM pragma_table_info($1) ORDER BY cid"};

  // The file must exist; an empty one is a new database.
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Role role,
                                                        const Clock& clock);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<Rows> Run(const Query& query, std::span<const Value> values);

  Status Begin();
  Status Commit();
  // Nothing can be done about an error here: the connection is given up if it is broken.
  void Rollback();

  // Whether the statement writes nothing.
  Result<bool> IsReadOnly(const Query& query);

  [[nodiscard]] bool in_transaction() const;
  // Returns whether an error has broken it: close it and open another.
  [[nodiscard]] bool broken() const { return broken_; }
  // False if another file, or none, is now where ours was: what we write would be lost.
  [[nodiscard]] bool Usable() const;

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Statement {
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
    // Which value the parameter of SQLite's index i + 1 takes: $n has n - 1.
    std::vector<size_t> value_of_parameter;
    size_t values = 0;  // How many values the text asks for.
  };

  SqliteConnection(sqlite3* database, const Clock& clock);

  // Refuses another program's database before a byte of it is changed; marks a new one as ours.
  Status CheckOwner();
  Status Configure(Role role);
  // What holds for each role.
  void ConfigureHandle();
  Result<const Statement*> Prepare(const Query& query);
  Status Bind(const Query& query, const Statement& statement, std::span<const Value> values);
  Result<Rows> Step(const Query& query, sqlite3_stmt* statement);
  Error Failure(const Query& query, int result);
  static int OnProgress(void* self);

  const Clock& clock_;
  MonoTime deadline_ = MonoTime::max();
  bool broken_ = false;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::map<std::string, Statement, std::less<>> statements_;  // By text; gone before database_.
};

}  // namespace matinee::sql
