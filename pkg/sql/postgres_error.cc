#include "sql/postgres_error.h"

#include <string>

#include "base/strings.h"

namespace matinee::sql {
namespace {

struct State {
  std::string_view prefix;  // Of the SQLSTATE; the first that fits counts.
  Code code;
  std::string_view sentence;
};

constexpr State kStates[] = {
    {"08P01", Code::kInternal, "the database refuses the query"},
    {"08", Code::kUnavailable, "the database is not reachable; try again in a while"},
    {"22", Code::kInvalidArgument, "the database refuses this value"},
    {"23", Code::kConflict, "a rule of the table refuses this row"},
    {"25006", Code::kUnavailable,
     "the database is read-only (a standby, or one under maintenance); try again in a while"},
    {"26000", Code::kUnavailable, "the database forgot a query it had prepared; try again"},
    {"28", Code::kPermissionDenied, "the database refuses this user or password"},
    {"3D", Code::kNotFound, "the server has no database of this name"},
    {"40", Code::kUnavailable, "the database was busy with the same rows; try again"},
    {"42P05", Code::kUnavailable, "the database knows another query by this name; try again"},
    {"42501", Code::kPermissionDenied, "the database's user may not do this"},
    {"53100", Code::kInsufficientStorage,
     "the disk with the database is full; free some space and try again"},
    {"53", Code::kUnavailable, "the database has too much to do; try again in a while"},
    {"55P03", Code::kUnavailable, "the database is busy; try again in a while"},
    {"57014", Code::kUnavailable, "the database is too slow; try again in a while"},
    {"57P", Code::kUnavailable, "the database is starting or stopping; try again in a while"},
    {"58", Code::kUnavailable, "the disk with the database does not answer as it should"},
    {"XX", Code::kUnavailable, "the database reports an internal error"},
    {"", Code::kInternal, "the database refuses the query"},
};

const State& StateOf(std::string_view sqlstate) {
  for (const State& state : kStates) {
    if (sqlstate.starts_with(state.prefix)) return state;
  }
  return kStates[std::size(kStates) - 1];
}

}  // namespace

Code CodeOfSqlState(std::string_view sqlstate) {
  return StateOf(sqlstate).code;
}

bool EndsConnection(std::string_view sqlstate) {
  // A prepared query is gone, or is another client's: the session is not the one that we began.
  if (sqlstate == "26000" || sqlstate == "42P05") return true;
  return sqlstate.starts_with("57P") || (sqlstate.starts_with("08") && sqlstate != "08P01");
}

Error PostgresError(std::string_view sqlstate, std::string_view words, std::string_view what) {
  const State& state = StateOf(sqlstate);
  return Error{state.code, std::string(state.sentence) + " (" + std::string(what) + ": " +
                               EscapeUnprintable(Trim(words)) + ")"};
}

}  // namespace matinee::sql
