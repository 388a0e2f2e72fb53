// The identity of a database: an id that it keeps for ever, in backups and copies too. What lies
// outside of the database and belongs to it, the keys in Redis and the folder of captures, names
// it.
//
// Thread safety: all functions may be called from any thread, and by several processes at once.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"
#include "sql/schema.h"

namespace matinee {

struct Identity {
  std::string id;  // A UUID.
  // The database was led by a version that had no ids, such as 0.1.0.
  bool follows_0_1_0 = false;
};

// Its table. The component comes after `jobs`.
const sql::Schema& IdentitySchema();

// Returns the identity, which the first call makes. Fails with kConflict if the captures were moved
// to another database (MarkAsMoved).
Result<Identity> IdentityOf(sql::Database& database, const Clock& clock);

// Records that the captures of `database` are in the database with the id `to` now: from here on it
// is not used any more.
Status MarkAsMoved(sql::Database& database, const std::string& to);

}  // namespace matinee
