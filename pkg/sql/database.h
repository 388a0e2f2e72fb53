// The database interface: one SQL text serves SQLite and PostgreSQL.
//
//   constexpr sql::Query kFind{"capture_find", "SELECT id, status FROM captures WHERE id = $1"};
//   TRY_ASSIGN(sql::Rows rows, database.Run(kFind, {id}));
//   if (rows.empty()) ...; rows[0].Text(0)
//
// Parameters are $1 ... $n in the text and are bound by *name*: $n takes the n-th value, whatever
// the order in which they appear. Do not write $1::type; use CAST($1 AS TEXT). Booleans are stored
// as BIGINT 0/1, times as BIGINT microseconds. Text must be UTF-8 without NUL: escape file names
// first (EscapeUnprintable, or keep them as they are only if IsUtf8).
//
// Thread safety: a Database may be used from several threads; a Session from the one that got it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace matinee::sql {

struct Query {
  std::string_view name;  // The label in metrics and errors.
  std::string_view text;
};

class Value {
 public:
  Value(std::nullptr_t) : value_(std::monostate()) {}
  Value(int64_t value) : value_(value) {}
  Value(int value) : value_(static_cast<int64_t>(value)) {}
  Value(bool value) : value_(static_cast<int64_t>(value)) {}
  Value(double value) : value_(value) {}
  Value(std::string value) : value_(std::move(value)) {}
  Value(std::string_view value) : value_(std::string(value)) {}
  Value(const char* value) : value_(std::string(value)) {}
  template <typename T>
  Value(const std::optional<T>& value) : value_(std::monostate()) {
    if (value) *this = Value(*value);
  }

  using Variant = std::variant<std::monostate, int64_t, double, std::string>;
  explicit Value(Variant value) : value_(std::move(value)) {}
  [[nodiscard]] const Variant& get() const { return value_; }

 private:
  Variant value_;
};

// One row of a result. Columns count from 0. A getter of another type than the column's converts
// where nothing is lost (integer to double) and is a programming error otherwise (asserts; returns
// 0 or "" in release).
class Row {
 public:
  explicit Row(std::vector<Value::Variant> columns) : columns_(std::move(columns)) {}
  [[nodiscard]] Value At(size_t column) const;  // Of any type.
  [[nodiscard]] bool IsNull(size_t column) const;
  [[nodiscard]] int64_t Int(size_t column) const;
  [[nodiscard]] double Double(size_t column) const;
  [[nodiscard]] std::string Text(size_t column) const;
  [[nodiscard]] bool Bool(size_t column) const { return Int(column) != 0; }
  [[nodiscard]] std::optional<int64_t> OptionalInt(size_t column) const;
  [[nodiscard]] std::optional<double> OptionalDouble(size_t column) const;
  [[nodiscard]] std::optional<std::string> OptionalText(size_t column) const;

 private:
  std::vector<Value::Variant> columns_;
};

using Rows = std::vector<Row>;

// Runs statements: in a transaction, or each for itself.
class Session {
 public:
  virtual ~Session() = default;

  // Runs one statement. INSERT/UPDATE/DELETE ... RETURNING return rows too; that is how the number
  // of affected rows is known. Fails with kUnavailable (locked, cannot open), kInsufficientStorage
  // (disk full), kPermissionDenied (read-only), kConflict (a UNIQUE or CHECK rule), kInternal (bad
  // SQL).
  virtual Result<Rows> Run(const Query& query, std::span<const Value> values) = 0;
  Result<Rows> Run(const Query& query, std::initializer_list<Value> values) {
    return Run(query, std::span<const Value>(values.begin(), values.size()));
  }

  // Returns the names of the table's columns, in their order; empty if there is not such a table.
  virtual Result<std::vector<std::string>> Columns(std::string_view table) = 0;
};

class Database : public Session {
 public:
  // Runs a short statement that changes few rows, as Run does. Statements that several threads run
  // at the same time may share a commit, which is most of their cost. Each has its own result and
  // error, as if it had run alone.
  virtual Result<Rows> RunGroupCommit(const Query& query, std::span<const Value> values) {
    return Run(query, values);
  }
  Result<Rows> RunGroupCommit(const Query& query, std::initializer_list<Value> values) {
    return RunGroupCommit(query, std::span<const Value>(values.begin(), values.size()));
  }

  // Runs `body` in one transaction; commits if it returns success, rolls back otherwise.
  // Transactions follow one another: what `body` reads stays true until it commits.
  virtual Status Transact(const std::function<Status(Session&)>& body) = 0;
};

}  // namespace matinee::sql
