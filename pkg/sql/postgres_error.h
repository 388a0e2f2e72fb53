// Converts PostgreSQL's error codes to ours. Internal to this package.
#pragma once

#include <string_view>

#include "base/error.h"

namespace matinee::sql {

// `sqlstate`: five characters, see https://www.postgresql.org/docs/current/errcodes-appendix.html.
Code CodeOfSqlState(std::string_view sqlstate);

// Returns whether the connection must be closed after this error.
bool EndsConnection(std::string_view sqlstate);

// The message is a sentence for a person; in brackets `what` was done and the server's own words.
Error PostgresError(std::string_view sqlstate, std::string_view words, std::string_view what);

}  // namespace matinee::sql
