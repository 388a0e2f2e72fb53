#include "sql/copy_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/strings.h"

namespace matinee::sql {
namespace {

// Rows of one transaction; few enough to hold in memory.
constexpr size_t kBatch = 500;
constexpr std::string_view kValue = "$value";

using Columns = std::vector<std::string>;

std::string Placeholder(size_t index) {
  return "$" + std::to_string(index + 1);
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The key's columns come after all others, so that the next batch can begin behind the last row.
std::string SelectText(const Table& table, const Columns& columns, size_t key_columns, bool first) {
  Columns last_key;
  for (size_t i = 0; i < key_columns; ++i) last_key.push_back(Placeholder(i));
  const std::string behind_last =
      first ? "" : fmt::format(" WHERE ({}) > ({})", table.key, fmt::join(last_key, ", "));
  return fmt::format("SELECT {}, {} FROM {}{} ORDER BY {} LIMIT {}", fmt::join(columns, ", "),
                     table.key, table.name, behind_last, table.key, kBatch);
}

std::string InsertText(const Table& table, const Columns& columns) {
  Columns values;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto expression = table.on_copy.find(columns[i]);
    std::string& value = values.emplace_back(
        expression == table.on_copy.end() ? std::string(kValue) : expression->second);
    ReplaceAll(value, kValue, Placeholder(i));
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO NOTHING RETURNING 1",
                     table.name, fmt::join(columns, ", "), fmt::join(values, ", "), table.key);
}

Status CheckTable(const Table& table, const Columns& columns) {
  if (columns.empty()) return Fail(Code::kInternal, "there is not a table " + table.name);
  for (const auto& [column, expression] : table.on_copy) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    return Fail(Code::kInternal, "the table " + table.name + " does not have a column " + column);
  }
  return {};
}

std::vector<Value> ValuesOf(const Row& row, size_t begin, size_t end) {
  std::vector<Value> values;
  for (size_t column = begin; column < end; ++column) values.push_back(row.At(column));
  return values;
}

Result<TableCopy> CopyTable(Database& from, Database& to, const Table& table,
                            const std::function<void(const TableCopy&)>& on_progress) {
  TRY_ASSIGN(const Columns columns, from.Columns(table.name));
  TRY(CheckTable(table, columns));
  const size_t key_columns = Split(table.key, ',').size();
  const std::string insert = InsertText(table, columns);
  TableCopy copy{table.name};
  std::vector<Value> last_key;
  for (;;) {
    const std::string select = SelectText(table, columns, key_columns, last_key.empty());
    TRY_ASSIGN(const Rows rows, from.Run({"copy_read", select}, last_key));
    if (rows.empty()) return copy;
    int64_t added = 0;
    TRY(to.Transact([&](Session& session) -> Status {
      added = 0;
      for (const Row& row : rows) {
        TRY_ASSIGN(const Rows written,
                   session.Run({"copy_write", insert}, ValuesOf(row, 0, columns.size())));
        if (!written.empty()) ++added;
      }
      return {};
    }));
    copy.found += static_cast<int64_t>(rows.size());
    copy.added += added;
    last_key = ValuesOf(rows.back(), columns.size(), columns.size() + key_columns);
    on_progress(copy);
  }
}

}  // namespace

Result<std::vector<TableCopy>> CopyTables(
    Database& from, Database& to, const SchemaRegistry& registry,
    const std::function<void(const TableCopy& so_far)>& on_progress) {
  TRY(CheckSchema(from, registry));
  TRY(CheckSchema(to, registry));
  std::vector<TableCopy> copies;
  for (const Schema& schema : registry) {
    for (const Table& table : schema.tables) {
      TRY_ASSIGN(copies.emplace_back(), CopyTable(from, to, table, on_progress));
    }
  }
  return copies;
}

}  // namespace matinee::sql
