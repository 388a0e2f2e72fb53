// The terms of leadership in the database, where writes of an earlier leader are refused
// (OF_THIS_TERM).
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include "base/result.h"
#include "coord/leader_elector.h"
#include "coord/term.h"
#include "sql/database.h"

namespace matinee::jobs {

// Returns the term of the last leader.
Result<coord::Term> LastTerm(sql::Database& database);
// Begins a term: writes of leaders of older terms are refused from here on. Fails with kConflict if
// the same or a later term has begun.
Status BeginTerm(sql::Database& database, coord::Term term);

// Both, for the elector; `database` must outlive it.
coord::TermStore TermsOf(sql::Database& database);

}  // namespace matinee::jobs
