#include <cassert>

#include "sql/database.h"

namespace matinee::sql {
namespace {

// Returns the column as a T, or null if it is not one, which is a programming error.
template <typename T>
const T* Get(const std::vector<Value::Variant>& columns, size_t column) {
  const T* value = column < columns.size() ? std::get_if<T>(&columns[column]) : nullptr;
  assert(value != nullptr && "there is no such column, or it has another type");
  return value;
}

}  // namespace

Value Row::At(size_t column) const {
  assert(column < columns_.size() && "there is not such a column");
  return column < columns_.size() ? Value(columns_[column]) : Value(nullptr);
}

bool Row::IsNull(size_t column) const {
  assert(column < columns_.size() && "there is not such a column");
  return column >= columns_.size() || std::holds_alternative<std::monostate>(columns_[column]);
}

int64_t Row::Int(size_t column) const {
  const auto* value = Get<int64_t>(columns_, column);
  return value != nullptr ? *value : 0;
}

double Row::Double(size_t column) const {
  if (column < columns_.size() && std::holds_alternative<int64_t>(columns_[column])) {
    return static_cast<double>(Int(column));
  }
  const auto* value = Get<double>(columns_, column);
  return value != nullptr ? *value : 0;
}

std::string Row::Text(size_t column) const {
  const auto* value = Get<std::string>(columns_, column);
  return value != nullptr ? *value : std::string();
}

std::optional<int64_t> Row::OptionalInt(size_t column) const {
  return IsNull(column) ? std::nullopt : std::optional(Int(column));
}

std::optional<double> Row::OptionalDouble(size_t column) const {
  return IsNull(column) ? std::nullopt : std::optional(Double(column));
}

std::optional<std::string> Row::OptionalText(size_t column) const {
  return IsNull(column) ? std::nullopt : std::optional(Text(column));
}

}  // namespace matinee::sql
