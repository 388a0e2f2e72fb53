#include "sql/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/strings.h"
#include "sql/parameter_checks.h"
#include "sql/postgres_error.h"

namespace matinee::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Types by their numbers in PostgreSQL's pg_type.dat.
constexpr Oid kUnknownType = 0;  // The server finds out.
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kNumeric = 1700;

constexpr Query kConnect{"connect", ""};
constexpr Query kBegin{"begin", "BEGIN"};
constexpr Query kCommit{"commit", "COMMIT"};
constexpr Query kRollback{"rollback", "ROLLBACK"};
// To the end of the transaction: through PgBouncer a setting of the session would reach other
// clients.
constexpr Query kLimitTime{"limit_time", "SELECT set_config('statement_timeout', $1, true)"};
constexpr Query kLimitSession{"limit_session", "SELECT set_config('statement_timeout', $1, false)"};
constexpr Query kForget{"forget", "DEALLOCATE ALL"};
constexpr Query kBackend{"backend", "SELECT pg_backend_pid()"};
// What PostgreSQL says of a prepared query whose columns have changed since.
constexpr std::string_view kFeatureNotSupported = "0A000";
// Distinct queries that a server keeps for a connection; we have some forty. Beyond it they are
// sent whole.
constexpr size_t kPreparedMax = 128;
// The number only has to be the same in every Matinee: "Matn".
constexpr Query kFollowOthers{"follow_others", "SELECT pg_advisory_xact_lock(1298232430)"};

// A value as text, and its type.
struct Parameter {
  Oid type = kUnknownType;
  std::optional<std::string> text;
};

Parameter ToParameter(const Value::Variant& value) {
  return std::visit(
      [](const auto& known) -> Parameter {
        using Known = std::remove_cvref_t<decltype(known)>;
        if constexpr (std::is_same_v<Known, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<Known, int64_t>) {
          return {kInt8, std::to_string(known)};
        } else if constexpr (std::is_same_v<Known, double>) {
          return {kFloat8, fmt::format("{}", known)};  // The shortest that reads back the same.
        } else {
          return {kText, known};
        }
      },
      value);
}

template <typename Number>
std::optional<Number> Parse(std::string_view text) {
  Number number{};
  const auto end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return number;
}

Value::Variant ToValue(Oid type, std::string_view text) {
  switch (type) {
    case kBool:
      return static_cast<int64_t>(text == "t");
    case kInt2:
    case kInt4:
    case kInt8:
      if (const auto number = Parse<int64_t>(text)) return *number;
      break;
    case kNumeric:  // What SUM makes of BIGINT.
      if (const auto number = Parse<int64_t>(text)) return *number;
      [[fallthrough]];
    case kFloat4:
    case kFloat8:
      if (const auto number = Parse<double>(text)) return *number;
      break;
    default:
      break;
  }
  return std::string(text);
}

Row ToRow(const PGresult* result, int row) {
  std::vector<Value::Variant> columns;
  const int count = PQnfields(result);
  columns.reserve(static_cast<size_t>(count));
  for (int column = 0; column < count; ++column) {
    if (PQgetisnull(result, row, column) != 0) {
      columns.emplace_back(std::monostate());
      continue;
    }
    const std::string_view text(PQgetvalue(result, row, column),
                                static_cast<size_t>(PQgetlength(result, row, column)));
    columns.push_back(ToValue(PQftype(result, column), text));
  }
  return Row(std::move(columns));
}

Result<Rows> ToRows(const Query& query, const PGresult* result) {
  const auto count = static_cast<size_t>(PQntuples(result));
  if (count > kRowsMax) return TooManyRows(query);
  Rows rows;
  rows.reserve(count);
  for (size_t row = 0; row < count; ++row) rows.push_back(ToRow(result, static_cast<int>(row)));
  return rows;
}

// PostgreSQL's answer to one statement, as an error if it is one.
Status CheckAnswer(const Query& query, const PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      return {};
    case PGRES_EMPTY_QUERY:
      return QueryError(query, Code::kInternal, "it must be exactly one statement");
    default:
      break;
  }
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  // Without a SQLSTATE the error is libpq's own: the connection is lost.
  return Fail(PostgresError(state != nullptr ? state : "08006",
                            words != nullptr ? words : PQresultErrorMessage(result),
                            QueryLabel(query)));
}

// Waits until the socket can be used; false when the time is up.
bool PollUntil(int socket, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd descriptor{socket, events, 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

void PostgresConnection::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

void PostgresConnection::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresOptions& options) {
  // libpq's own words about a malformed address would repeat it, with its password.
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(options.url.Reveal().c_str(), nullptr), &PQconninfoFree);
  if (!parsed) {
    return Fail(Code::kInvalidArgument,
                "DATABASE_URL cannot be read; it has the form "
                "postgres://user:password@host:5432/database, special characters as %XX");
  }
  // Parameters before "dbname", which is expanded if it is a URL, are defaults; those after it
  // override the URL.
  constexpr std::array<const char*, 5> kNames = {"application_name", "tcp_user_timeout", "dbname",
                                                 "client_encoding", nullptr};
  const std::array<const char*, 5> values = {"matinee", "12000", options.url.Reveal().c_str(),
                                             "UTF8", nullptr};
  std::unique_ptr<PostgresConnection> connection(
      new PostgresConnection(PQconnectStartParams(kNames.data(), values.data(), 1), options));
  if (connection->connection_ == nullptr) return Fail(Code::kUnavailable, "out of memory");
  // Notices are for interactive clients; libpq would print them to stderr.
  PQsetNoticeProcessor(
      connection->connection_.get(), [](void*, const char*) {}, nullptr);
  TRY(connection->Connect());
  return connection;
}

Status PostgresConnection::Connect() {
  PGconn* connection = connection_.get();
  const auto deadline = steady_clock::now() + options_.connect_time;
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD && wants != PGRES_POLLING_OK) {
    const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!PollUntil(PQsocket(connection), events, deadline)) {
      return Fail(Lost(kConnect, Code::kUnavailable, "the database does not answer"));
    }
    wants = PQconnectPoll(connection);
    if (wants == PGRES_POLLING_FAILED) break;
  }
  if (PQstatus(connection) != CONNECTION_OK) {
    return Fail(Lost(kConnect, Code::kUnavailable, "the database cannot be reached"));
  }
  // A statement must not wait in libpq's own buffers for a server that does not read.
  if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) == 0) {
    return Fail(Lost(kConnect, Code::kInternal, "the connection cannot be set up"));
  }
  return DetectPooler(deadline);
}

// A pooler sends each client a process number that it invents, to know later which query to
// cancel; the server process returns its real one.
Status PostgresConnection::DetectPooler(Deadline deadline) {
  TRY(Send(kBackend, {}));
  TRY_ASSIGN(const auto results, Receive(kBackend, 1, deadline));
  if (PQntuples(results.at(0).get()) != 1) return {};
  const auto server_process = Parse<int>(PQgetvalue(results.at(0).get(), 0, 0));
  if (server_process != PQbackendPID(connection_.get())) return {};
  TRY(SendTimeLimit(kLimitSession));
  TRY(Receive(kLimitSession, 1, deadline));
  direct_ = true;
  return {};
}

bool PostgresConnection::in_transaction() const {
  const auto status = PQtransactionStatus(connection_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool PostgresConnection::broken() const {
  return broken_ || PQstatus(connection_.get()) != CONNECTION_OK ||
         PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

bool PostgresConnection::Usable() const {
  // Between statements the server sends only that it disconnects.
  pollfd descriptor{PQsocket(connection_.get()), POLLIN, 0};
  return poll(&descriptor, 1, 0) == 0;
}

// Marks the connection as broken.
Error PostgresConnection::Lost(const Query& query, Code code, const std::string& sentence) {
  broken_ = true;
  const std::string words = EscapeUnprintable(Trim(PQerrorMessage(connection_.get())));
  return Error{code,
               sentence + " (" + QueryLabel(query) + (words.empty() ? "" : ": " + words) + ")"};
}

Result<std::string> PostgresConnection::Prepare(const Query& query, std::span<const Value> values) {
  if (!direct_) return std::string();
  std::vector<Oid> types;
  std::string key(query.text);
  for (const Value& value : values) {
    types.push_back(ToParameter(value.get()).type);
    key.append(" ").append(std::to_string(types.back()));
  }
  if (const auto known = prepared_.find(key); known != prepared_.end()) return known->second;
  if (prepared_.size() >= kPreparedMax) return std::string();
  std::string name = "matinee_" + std::to_string(++last_name_);
  if (PQsendPrepare(connection_.get(), name.c_str(), std::string(query.text).c_str(),
                    static_cast<int>(types.size()), types.data()) == 0) {
    return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
  }
  TRY(Receive(query, 1));
  prepared_.emplace(std::move(key), name);
  return name;
}

Status PostgresConnection::Send(const Query& query, std::span<const Value> values,
                                const std::string& name) {
  std::vector<Parameter> parameters;
  parameters.reserve(values.size());
  for (const Value& value : values) parameters.push_back(ToParameter(value.get()));
  std::vector<Oid> types;
  std::vector<const char*> texts;
  for (const Parameter& parameter : parameters) {
    types.push_back(parameter.type);
    texts.push_back(parameter.text ? parameter.text->c_str() : nullptr);
  }
  const int count = static_cast<int>(texts.size());
  // Lengths are of binary values; ours are all text, without NUL.
  const int sent = name.empty()
                       ? PQsendQueryParams(connection_.get(), std::string(query.text).c_str(),
                                           count, types.data(), texts.data(), nullptr, nullptr, 0)
                       : PQsendQueryPrepared(connection_.get(), name.c_str(), count, texts.data(),
                                             nullptr, nullptr, 0);
  if (sent == 0) {
    return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
  }
  return {};
}

Status PostgresConnection::SendTimeLimit(const Query& set) {
  const std::array<Value, 1> limit = {Value(std::to_string(options_.statement_time.count()))};
  return Send(set, limit);
}

Status PostgresConnection::WaitForServer(const Query& query, Deadline deadline, bool to_write) {
  const short events = to_write ? POLLIN | POLLOUT : POLLIN;
  if (!PollUntil(PQsocket(connection_.get()), events, deadline)) {
    return Fail(
        Lost(query, Code::kUnavailable, "the database does not answer; try again in a while"));
  }
  if (PQconsumeInput(connection_.get()) == 0) {
    return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
  }
  return {};
}

Result<PostgresConnection::ResultHandle> PostgresConnection::Next(const Query& query,
                                                                  Deadline deadline) {
  while (true) {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) {
      return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
    }
    if (unsent == 0 && PQisBusy(connection_.get()) == 0) break;
    TRY(WaitForServer(query, deadline, unsent > 0));
  }
  return ResultHandle(PQgetResult(connection_.get()));
}

Result<std::vector<PostgresConnection::ResultHandle>> PostgresConnection::Receive(
    const Query& query, size_t sent, std::optional<Deadline> end) {
  if (PQpipelineSync(connection_.get()) == 0) {
    return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
  }
  const auto next_deadline = [&] {
    return end ? *end : steady_clock::now() + options_.statement_time + options_.answer_grace;
  };
  Deadline deadline = next_deadline();
  std::vector<ResultHandle> results;
  std::optional<Error> failure;
  // Each statement yields one result and then none; so does the pipeline's end.
  for (size_t answers = 0;;) {
    TRY_ASSIGN(ResultHandle result, Next(query, deadline));
    if (!result) {
      deadline = next_deadline();
      if (PQstatus(connection_.get()) == CONNECTION_OK && ++answers <= sent) continue;
      return Fail(Lost(query, Code::kUnavailable, "the connection to the database was lost"));
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_PIPELINE_ABORTED) continue;  // The one before has failed.
    if (const Status checked = CheckAnswer(query, result.get()); !checked && !failure) {
      failure = checked.error();
      const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      if (state == nullptr || EndsConnection(state)) broken_ = true;
      outdated_ = direct_ && state != nullptr && std::string_view(state) == kFeatureNotSupported;
      if (broken_) break;
    }
    results.push_back(std::move(result));
  }
  if (failure) return Fail(*failure);
  return results;
}

// Not in a transaction that has failed: there everything is refused.
Status PostgresConnection::DropStaleStatements() {
  if (!outdated_ || in_transaction()) return {};
  outdated_ = false;
  prepared_.clear();
  TRY(Send(kForget, {}));
  TRY(Receive(kForget, 1));
  return {};
}

Result<Rows> PostgresConnection::Run(const Query& query, std::span<const Value> values) {
  const std::array<Statement, 1> statements = {Statement{query, values}};
  TRY_ASSIGN(std::vector<Rows> answers, RunAll(statements));
  return std::move(answers.front());
}

Result<std::vector<Rows>> PostgresConnection::RunAll(std::span<const Statement> statements) {
  TRY(DropStaleStatements());
  auto answers = RunOnce(statements);
  if (answers || !outdated_ || in_transaction()) return answers;
  TRY(DropStaleStatements());
  return RunOnce(statements);
}

// What is sent before the pipeline's end is one transaction.
Result<std::vector<Rows>> PostgresConnection::RunOnce(std::span<const Statement> statements) {
  std::vector<std::string> names;
  for (const auto& [query, values] : statements) {
    TRY_ASSIGN(const size_t parameters, CountParameters(query));
    TRY(CheckCount(query, parameters, values));
    TRY(CheckValues(query, values));
    TRY_ASSIGN(names.emplace_back(), Prepare(query, values));
  }
  const bool limit_time = !direct_ && !in_transaction();
  if (limit_time) TRY(SendTimeLimit(kLimitTime));
  for (size_t i = 0; i < statements.size(); ++i) {
    TRY(Send(statements[i].query, statements[i].values, names[i]));
  }
  const size_t before = limit_time ? 1 : 0;
  TRY_ASSIGN(const auto results, Receive(statements.back().query, before + statements.size()));
  std::vector<Rows> answers;
  for (size_t i = 0; i < statements.size(); ++i) {
    TRY_ASSIGN(answers.emplace_back(), ToRows(statements[i].query, results.at(before + i).get()));
  }
  return answers;
}

Status PostgresConnection::Begin() {
  TRY(DropStaleStatements());
  size_t sent = 2;
  TRY(Send(kBegin, {}));
  if (!direct_) {
    TRY(SendTimeLimit(kLimitTime));
    ++sent;
  }
  TRY(Send(kFollowOthers, {}));
  TRY(Receive(kBegin, sent));
  return {};
}

Status PostgresConnection::Commit() {
  TRY(Send(kCommit, {}));
  TRY_ASSIGN(const auto results, Receive(kCommit, 1));
  // A transaction in which something failed is rolled back instead, without an error.
  if (std::string_view(PQcmdStatus(results.at(0).get())) == "COMMIT") return {};
  return QueryError(kCommit, Code::kInternal, "the transaction was rolled back");
}

void PostgresConnection::Rollback() {
  if (Send(kRollback, {}) && Receive(kRollback, 1)) return;
  broken_ = true;
}

}  // namespace matinee::sql
