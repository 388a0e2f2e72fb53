// The tables of the engine itself: the leader's term, and the next runs of periodic jobs.
#pragma once

#include "sql/schema.h"

namespace matinee::jobs {

const sql::Schema& JobsSchema();

}  // namespace matinee::jobs
