#include "sql/sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
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

class ForeignSqlite final : public Session {
 public:
  explicit ForeignSqlite(std::unique_ptr<SqliteConnection> connection)
      : connection_(std::move(connection)) {}

  using Session::Run;
  Result<Rows> Run(const Query& query, Values values) override {
    return connection_->Run(query, values);
  }
  Result<std::vector<std::string>> Columns(std::string_view table) override {
    return ColumnNames(*this, SqliteConnection::kColumns, table);
  }

 private:
  std::unique_ptr<SqliteConnection> connection_;
};

Status CheckThrough(Session& session, std::string_view fix) {
  TRY_ASSIGN(const Rows check, session.Run({"quick_check", "PRAGMA quick_check(1)"}, {}));
  if (!check.empty() && check[0].Text(0) == "ok") return {};
  return Fail(Code::kInternal, "the database file is damaged; " + std::string(fix) + " (" +
                                   (check.empty() ? "no answer" : check[0].Text(0)) + ")");
}

std::string DatabaseLabel(const std::string& path) {
  return "the database " + EscapeUnprintable(path);
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

bool IsForeignSqlite(const std::string& path) {
  // https://www.sqlite.org/fileformat.html, 1.3: the magic at 0, the application id at 68.
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  constexpr size_t kIdAt = 68;
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return false;
  std::array<char, kIdAt + 4> header{};
  const ssize_t size = pread(file.get(), header.data(), header.size(), 0);
  if (size != static_cast<ssize_t>(header.size())) return false;
  if (!std::string_view(header.data(), header.size()).starts_with(kMagic)) return false;
  int64_t id = 0;
  for (size_t i = 0; i < 4; ++i) id = id << 8 | static_cast<uint8_t>(header.at(kIdAt + i));
  return id != SqliteConnection::kApplicationId;
}

Result<std::unique_ptr<Session>> OpenForeignSqlite(const std::string& path, const Clock& clock) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  auto connection = SqliteConnection::Open(absolute, SqliteConnection::Role::kForeign, clock);
  if (!connection) return Fail(connection.error().WithContext(DatabaseLabel(absolute)));
  auto session = std::make_unique<ForeignSqlite>(*std::move(connection));
  if (Status checked = CheckThrough(*session, "repair it with `sqlite3 … .recover`"); !checked) {
    return Fail(checked.error().WithContext(DatabaseLabel(absolute)));
  }
  return session;
}

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
