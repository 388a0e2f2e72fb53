// Checks the parameters of queries, the same for both drivers. Internal to this package.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

// At most so many rows in one result. Lists are paged: a query with more lacks a LIMIT.
constexpr size_t kRowsMax = 100000;

// "query capture_find", as it stands in errors.
std::string QueryLabel(const Query& query);
tl::unexpected<Error> QueryError(const Query& query, Code code, const std::string& message);
tl::unexpected<Error> TooManyRows(const Query& query);

// Refuses values that SQLite would silently cut or change, or that PostgreSQL refuses: text with
// NUL or that is not UTF-8, NaN. kInvalidArgument.
Status CheckValues(const Query& query, std::span<const Value> values);

// Refuses a number of values that differs from the number of parameters. kInternal.
Status CheckCount(const Query& query, size_t parameters, std::span<const Value> values);

// Returns the number of parameters of the text: the highest $n outside quotes and comments. Fails
// with kInternal if a number below it is missing, or for "?", ":name", "$0", "$01" and "$1::type",
// which the other database would refuse or misread.
Result<size_t> CountParameters(const Query& query);

}  // namespace matinee::sql
