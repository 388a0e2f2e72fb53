#include "jobs/terms.h"

namespace matinee::jobs {
namespace {

constexpr sql::Query kLastTerm{"leadership_epoch", "SELECT epoch FROM leadership WHERE id = 1"};

constexpr sql::Query kBeginTerm{"leadership_begin",
                                "UPDATE leadership SET epoch = $1 WHERE id = 1 AND epoch < $1"
                                " RETURNING epoch"};

}  // namespace

Result<coord::Term> LastTerm(sql::Database& database) {
  TRY_ASSIGN(const sql::Rows rows, database.Run(kLastTerm, {}));
  if (rows.empty()) return Fail(Code::kInternal, "the table leadership is empty");
  return rows.front().Int(0);
}

Status BeginTerm(sql::Database& database, coord::Term term) {
  TRY_ASSIGN(const sql::Rows rows, database.RunGroupCommit(kBeginTerm, {term}));
  if (!rows.empty()) return {};
  return Fail(Code::kConflict, "another process is the leader now");
}

coord::TermStore TermsOf(sql::Database& database) {
  return {[&database] { return LastTerm(database); },
          [&database](coord::Term term) { return BeginTerm(database, term); }};
}

}  // namespace matinee::jobs
