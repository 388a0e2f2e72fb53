#include "sql/sqlite_connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/strings.h"
#include "sql/parameter_checks.h"
#include "sql/sqlite_error.h"

namespace matinee::sql {
namespace {

// Steps of SQLite's virtual machine between two readings of the clock: well under a millisecond.
constexpr int kStepsBetweenLooks = 10000;

// Which value a parameter of this name takes: "$1" the first. Nothing for any other form; above all
// "$1::text", which SQLite takes for one name, would never get a value and read as NULL.
std::optional<size_t> ValueOfParameter(const char* name) {
  if (name == nullptr || name[0] != '$') return std::nullopt;
  const std::string_view digits(name + 1);
  const auto number = ParseInt(digits);
  if (!number || *number < 1 || std::to_string(*number) != digits) return std::nullopt;
  return static_cast<size_t>(*number - 1);
}

int BindOne(sqlite3_stmt* statement, int index, const Value::Variant& value) {
  return std::visit(
      [&](const auto& known) {
        using Known = std::remove_cvref_t<decltype(known)>;
        if constexpr (std::is_same_v<Known, std::monostate>) {
          return sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<Known, int64_t>) {
          return sqlite3_bind_int64(statement, index, known);
        } else if constexpr (std::is_same_v<Known, double>) {
          return sqlite3_bind_double(statement, index, known);
        } else {
          // The values outlive the step, so SQLite need not copy (a null destructor:
          // SQLITE_STATIC).
          return sqlite3_bind_text64(statement, index, known.data(), known.size(), nullptr,
                                     SQLITE_UTF8);
        }
      },
      value);
}

Value::Variant ReadColumn(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return std::monostate();
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default: {
      const void* bytes = sqlite3_column_blob(statement, column);
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
    }
  }
}

Row ReadRow(sqlite3_stmt* statement) {
  std::vector<Value::Variant> columns;
  const int count = sqlite3_column_count(statement);
  columns.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) columns.push_back(ReadColumn(statement, i));
  return Row(std::move(columns));
}

// Ends the statement when a function is left, so that no read transaction stays open and no value
// is pointed at.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

void SqliteConnection::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void SqliteConnection::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteConnection::SqliteConnection(sqlite3* database, const Clock& clock)
    : clock_(clock), database_(database) {
  sqlite3_progress_handler(database, kStepsBetweenLooks, OnProgress, this);
}

SqliteConnection::~SqliteConnection() = default;

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Role role,
                                                                 const Clock& clock) {
  sqlite3* database = nullptr;
  const int access = role == Role::kForeign ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int result = sqlite3_open_v2(path.c_str(), &database,
                                     access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, clock));
  if (result != SQLITE_OK) return Fail(SqliteError(database, result, "opening the database"));
  TRY(connection->Configure(role));
  return connection;
}

Status SqliteConnection::CheckOwner() {
  TRY_ASSIGN(const Rows id, Run({"application_id", "PRAGMA application_id"}, {}));
  if (id.at(0).Int(0) == kApplicationId) return {};
  TRY_ASSIGN(const Rows tables, Run({"tables", "SELECT COUNT(*) FROM sqlite_schema"}, {}));
  if (id.at(0).Int(0) != 0 || tables.at(0).Int(0) != 0) {
    return Fail(Code::kConflict, "the file is a SQLite database of another program");
  }
  const std::string mark = "PRAGMA application_id = " + std::to_string(kApplicationId);
  TRY(Run({"application_id", mark}, {}));
  return {};
}

void SqliteConnection::ConfigureHandle() {
  sqlite3* database = database_.get();
  sqlite3_busy_timeout(database, static_cast<int>(std::chrono::milliseconds(kLockWait).count()));
  // An unknown "name" in double quotes is an error, as in PostgreSQL, and not a text.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

Status SqliteConnection::Configure(Role role) {
  ConfigureHandle();
  if (role == Role::kForeign) {
    TRY(Run({"trusted_schema", "PRAGMA trusted_schema = OFF"}, {}));
    TRY(Run({"cell_size_check", "PRAGMA cell_size_check = ON"}, {}));
    return {};
  }
  if (role == Role::kWriter) TRY(CheckOwner());
  TRY_ASSIGN(const Rows mode, Run({"journal_mode", "PRAGMA journal_mode = WAL"}, {}));
  if (mode.empty() || mode[0].Text(0) != "wal") {
    return Fail(Code::kUnavailable,
                "the file system of the database has no shared memory for SQLite's write-ahead "
                "log; put the database on a local disk");
  }
  TRY(Run({"synchronous", "PRAGMA synchronous = FULL"}, {}));
  TRY(Run({"foreign_keys", "PRAGMA foreign_keys = ON"}, {}));
  TRY(Run({"trusted_schema", "PRAGMA trusted_schema = OFF"}, {}));
  // In KiB: rows are short and the kernel caches the file anyway. Idle memory is what we watch.
  TRY(Run({"cache_size", "PRAGMA cache_size = -1024"}, {}));
  TRY(Run({"temp_store", "PRAGMA temp_store = MEMORY"}, {}));
  // A log that one large transaction blew up shrinks again.
  TRY(Run({"journal_size_limit", "PRAGMA journal_size_limit = 16777216"}, {}));
  if (role == Role::kReader) TRY(Run({"query_only", "PRAGMA query_only = ON"}, {}));
  return {};
}

int SqliteConnection::OnProgress(void* self) {
  const auto* connection = static_cast<const SqliteConnection*>(self);
  return connection->clock_.Mono() > connection->deadline_ ? 1 : 0;
}

Status SqliteConnection::Begin() {
  TRY(Run({"begin", "BEGIN IMMEDIATE"}, {}));
  return {};
}

Status SqliteConnection::Commit() {
  TRY(Run({"commit", "COMMIT"}, {}));
  return {};
}

void SqliteConnection::Rollback() {
  [[maybe_unused]] const auto rolled_back = Run({"rollback", "ROLLBACK"}, {});
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

bool SqliteConnection::Usable() const {
  int moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved == 0;
}

Error SqliteConnection::Failure(const Query& query, int result) {
  broken_ = broken_ || BreaksConnection(result);
  return SqliteError(database_.get(), result, QueryLabel(query));
}

Result<const SqliteConnection::Statement*> SqliteConnection::Prepare(const Query& query) {
  const auto known = statements_.find(query.text);
  if (known != statements_.end()) return &known->second;

  sqlite3_stmt* handle = nullptr;
  const char* tail = nullptr;
  const int result =
      sqlite3_prepare_v3(database_.get(), query.text.data(), static_cast<int>(query.text.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, &tail);
  Statement statement;
  statement.handle.reset(handle);
  if (result != SQLITE_OK) return Fail(Failure(query, result));
  const std::string_view rest = query.text.substr(static_cast<size_t>(tail - query.text.data()));
  if (handle == nullptr || rest.find_first_not_of("; \t\r\n") != std::string_view::npos) {
    return QueryError(query, Code::kInternal, "it must be exactly one statement");
  }
  const int parameters = sqlite3_bind_parameter_count(handle);
  for (int i = 1; i <= parameters; ++i) {
    const auto value = ValueOfParameter(sqlite3_bind_parameter_name(handle, i));
    if (!value) return QueryError(query, Code::kInternal, "parameters are written $1, $2, ...");
    statement.value_of_parameter.push_back(*value);
    statement.values = std::max(statement.values, *value + 1);
  }
  if (static_cast<size_t>(parameters) != statement.values) {
    return QueryError(query, Code::kInternal, "a number is missing among its parameters");
  }
  if (statements_.size() >= kStatementsMax) statements_.clear();  // Rare; costs preparing again.
  return &statements_.emplace(query.text, std::move(statement)).first->second;
}

Result<bool> SqliteConnection::IsReadOnly(const Query& query) {
  TRY_ASSIGN(const Statement* statement, Prepare(query));
  return sqlite3_stmt_readonly(statement->handle.get()) != 0;
}

Status SqliteConnection::Bind(const Query& query, const Statement& statement,
                              std::span<const Value> values) {
  TRY(CheckCount(query, statement.values, values));
  TRY(CheckValues(query, values));
  for (size_t i = 0; i < statement.value_of_parameter.size(); ++i) {
    const size_t number = statement.value_of_parameter[i];
    const int result =
        BindOne(statement.handle.get(), static_cast<int>(i) + 1, values[number].get());
    if (result != SQLITE_OK) return Fail(Failure(query, result));
  }
  return {};
}

Result<Rows> SqliteConnection::Step(const Query& query, sqlite3_stmt* statement) {
  Rows rows;
  while (true) {
    const int result = sqlite3_step(statement);
    if (result == SQLITE_DONE) return rows;
    if (result != SQLITE_ROW) return Fail(Failure(query, result));
    if (rows.size() == kRowsMax) return TooManyRows(query);
    rows.push_back(ReadRow(statement));
  }
}

Result<Rows> SqliteConnection::Run(const Query& query, std::span<const Value> values) {
  deadline_ = clock_.Mono() + kStatementTime;
  TRY_ASSIGN(const Statement* statement, Prepare(query));
  const ResetAtEnd reset(statement->handle.get());
  TRY(Bind(query, *statement, values));
  return Step(query, statement->handle.get());
}

}  // namespace matinee::sql
