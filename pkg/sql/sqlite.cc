#include "sql/sqlite.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/strings.h"
#include "sql/connection_pool.h"
#include "sql/query_durations.h"
#include "sql/sqlite_connection.h"

namespace matinee::sql {
namespace {

// Reads take microseconds; more readers than this would wait for the two or four cores anyway.
constexpr size_t kReaders = 4;
// Distinct texts whose kind is remembered. Beyond it a text is examined at each use.
constexpr size_t kKnownQueriesMax = 512;

constexpr Query kBegin{"begin", "BEGIN IMMEDIATE"};
constexpr Query kCommit{"commit", "COMMIT"};
constexpr Query kRollback{"rollback", "ROLLBACK"};

using SqlitePool = ConnectionPool<SqliteConnection>;
using Values = std::span<const Value>;

// One transaction on the writer; rolled back at its end unless Commit() succeeded.
class Transaction final : public Session {
 public:
  Transaction(SqliteConnection& connection, QueryDurations& durations)
      : connection_(connection), durations_(durations) {}
  ~Transaction() override {
    // Nothing to be done about an error here: the connection is given up if it is broken.
    if (connection_.in_transaction()) (void)connection_.Run(kRollback, {});
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Status Begin() {
    TRY(connection_.Run(kBegin, {}));
    return {};
  }

  Result<Rows> Run(const Query& query, std::initializer_list<Value> values) override {
    // After some errors SQLite has rolled back by itself: a further statement would stand alone.
    if (failure_) return Fail(*failure_);
    auto rows = durations_.Measure(
        query.name, [&] { return connection_.Run(query, Values(values.begin(), values.size())); });
    if (!rows) {
      failure_ = rows.error();
    } else if (!connection_.in_transaction()) {
      failure_ = Error{Code::kInternal, "query " + std::string(query.name) +
                                            ": a transaction is ended by Transact only"};
      return Fail(*failure_);
    }
    return rows;
  }

  Status Commit() {
    if (failure_) return Fail(*failure_);
    TRY(durations_.Measure(kCommit.name, [&] { return connection_.Run(kCommit, {}); }));
    return {};
  }

 private:
  SqliteConnection& connection_;
  QueryDurations& durations_;
  std::optional<Error> failure_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::string& path, const Clock& clock, Metrics* metrics)
      : durations_("sqlite", clock, metrics),
        writer_(
            "sqlite_writer", 1,
            [path, &clock] {
              return SqliteConnection::Open(path, SqliteConnection::Role::kWriter, clock);
            },
            clock, metrics),
        readers_(
            "sqlite_readers", kReaders,
            [path, &clock] {
              return SqliteConnection::Open(path, SqliteConnection::Role::kReader, clock);
            },
            clock, metrics) {}

  // Refuses a file that is not ours or is damaged.
  Status Check();

  Result<Rows> Run(const Query& query, std::initializer_list<Value> values) override {
    return durations_.Measure(
        query.name, [&] { return RunOnPool(query, Values(values.begin(), values.size())); });
  }

  Status Transact(const std::function<Status(Session&)>& body) override {
    TRY_ASSIGN(const SqlitePool::Lease writer, writer_.Get());
    Transaction transaction(*writer, durations_);
    TRY(transaction.Begin());
    TRY(body(transaction));
    return transaction.Commit();
  }

 private:
  Result<Rows> RunOnPool(const Query& query, Values values);
  Result<bool> IsReadOnly(const Query& query);

  QueryDurations durations_;
  SqlitePool writer_;
  SqlitePool readers_;
  std::mutex mutex_;
  std::map<std::string, bool, std::less<>> read_only_;  // By text.
};

Result<bool> SqliteDatabase::IsReadOnly(const Query& query) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = read_only_.find(query.text);
    if (known != read_only_.end()) return known->second;
  }
  TRY_ASSIGN(const SqlitePool::Lease reader, readers_.Get());
  TRY_ASSIGN(const bool read_only, reader->IsReadOnly(query));
  const std::lock_guard lock(mutex_);
  if (read_only_.size() < kKnownQueriesMax) read_only_.emplace(query.text, read_only);
  return read_only;
}

Result<Rows> SqliteDatabase::RunOnPool(const Query& query, Values values) {
  TRY_ASSIGN(const bool read_only, IsReadOnly(query));
  TRY_ASSIGN(const SqlitePool::Lease connection, (read_only ? readers_ : writer_).Get());
  auto rows = connection->Run(query, values);
  if (connection->in_transaction()) {
    (void)connection->Run(kRollback, {});
    return Fail(Code::kInternal,
                "query " + std::string(query.name) + ": a transaction is begun by Transact only");
  }
  return rows;
}

Status SqliteDatabase::Check() {
  TRY_ASSIGN(const SqlitePool::Lease writer, writer_.Get());
  TRY_ASSIGN(const Rows check, writer->Run({"quick_check", "PRAGMA quick_check(1)"}, {}));
  if (check.empty() || check[0].Text(0) != "ok") {
    return Fail(Code::kInternal, "the database file is damaged; restore it from a backup (" +
                                     (check.empty() ? "no answer" : check[0].Text(0)) + ")");
  }
  return {};
}

// Makes the file by hand, so that others cannot read who watched what, and so that the reason is
// known if it cannot be made. Only if it is not there: closing a second descriptor of a database
// would drop the locks of this process on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
Status MakeFile(const std::filesystem::path& path) {
  TRY(MakeFolders(path.parent_path().string()));
  const UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (file.valid() || errno == EEXIST) return {};
  return Fail(SystemError("cannot create the file", errno));
}

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, const Clock& clock,
                                             Metrics* metrics) {
  // Absolute, so that ":memory:" and "" are file names like any other.
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  const std::string label = "the database " + ToPrintable(absolute.string());
  if (error || !absolute.has_filename()) {
    return Fail(Code::kInvalidArgument, label + ": not the name of a file");
  }
  if (Status made = MakeFile(absolute); !made) return Fail(made.error().With(label));
  auto database = std::make_unique<SqliteDatabase>(absolute.string(), clock, metrics);
  if (Status checked = database->Check(); !checked) return Fail(checked.error().With(label));
  return database;
}

}  // namespace matinee::sql
