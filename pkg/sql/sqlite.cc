#include "sql/sqlite.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/strings.h"
#include "sql/column_names.h"
#include "sql/connection_pool.h"
#include "sql/query_metrics.h"
#include "sql/sqlite_connection.h"
#include "sql/transaction.h"

namespace matinee::sql {
namespace {

// Reads take microseconds; more readers than this would wait for the two or four cores anyway.
constexpr size_t kReaders = 4;
// Distinct texts whose kind is remembered. Beyond it a text is examined at each use.
constexpr size_t kKnownQueriesMax = 512;

using SqlitePool = ConnectionPool<SqliteConnection>;
using Values = std::span<const Value>;

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::string& path, const Clock& clock, Metrics* metrics)
      : query_metrics_("sqlite", clock, metrics),
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

  using Session::Run;
  Result<Rows> Run(const Query& query, Values values) override {
    return query_metrics_.Measure(query.name, [&] { return RunOnPool(query, values); });
  }

  Result<std::vector<std::string>> Columns(std::string_view table) override {
    return ColumnNames(*this, SqliteConnection::kColumns, table);
  }

  Status Transact(const std::function<Status(Session&)>& body) override {
    TRY_ASSIGN(const SqlitePool::Lease writer, writer_.Get());
    Transaction<SqliteConnection> transaction(*writer, query_metrics_);
    TRY(transaction.Begin());
    TRY(body(transaction));
    return transaction.Commit();
  }

 private:
  Result<Rows> RunOnPool(const Query& query, Values values);
  Result<bool> IsReadOnly(const Query& query);

  QueryMetrics query_metrics_;
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
    connection->Rollback();
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

// Creates the file before SQLite does, so that other users cannot read who watched what, and so
// that the reason is known if it cannot be created. Only if it does not exist: closing a second
// descriptor of a database would drop the locks of this process on it
// (https://www.sqlite.org/howtocorrupt.html, 2.2).
Status MakeFile(const std::filesystem::path& path) {
  TRY(CreateDirectories(path.parent_path().string()));
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
  const std::string label = "the database " + EscapeUnprintable(absolute.string());
  if (error || !absolute.has_filename()) {
    return Fail(Code::kInvalidArgument, label + ": not the name of a file");
  }
  if (Status made = MakeFile(absolute); !made) return Fail(made.error().WithContext(label));
  auto database = std::make_unique<SqliteDatabase>(absolute.string(), clock, metrics);
  if (Status checked = database->Check(); !checked) return Fail(checked.error().WithContext(label));
  return database;
}

}  // namespace matinee::sql
