#include "runtime/identity.h"

#include <array>

#include "base/ids.h"

namespace matinee {
namespace {

// One row. Its id is empty until the first process makes one: SQL has no function for that on both
// databases. `earlier_term` is the last term of the versions without ids.
constexpr std::array<sql::Migration, 1> kSteps = {{
    {1, "identity", R"sql(
CREATE TABLE database_identity (
  singleton BIGINT PRIMARY KEY CHECK (singleton = 1),
  id TEXT NOT NULL,
  earlier_term BIGINT NOT NULL,
  moved_to TEXT NOT NULL
);
INSERT INTO database_identity (singleton, id, earlier_term, moved_to)
  SELECT 1, '', epoch, '' FROM leadership WHERE id = 1;
)sql"},
}};

constexpr sql::Query kGet{"identity_get",
                          "SELECT id, earlier_term, moved_to FROM database_identity"};
constexpr sql::Query kMake{
    "identity_make",
    "INSERT INTO database_identity AS known (singleton, id, earlier_term, moved_to)"
    " VALUES (1, $1, 0, '')"
    " ON CONFLICT (singleton) DO UPDATE SET id = excluded.id WHERE known.id = ''"};
constexpr sql::Query kMove{"identity_move", "UPDATE database_identity SET moved_to = $1"};

}  // namespace

const sql::Schema& IdentitySchema() {
  static const sql::Schema schema = {"identity", kSteps};
  return schema;
}

Result<Identity> IdentityOf(sql::Database& database, const Clock& clock) {
  TRY_ASSIGN(sql::Rows rows, database.Run(kGet, {}));
  if (rows.empty() || rows.front().Text(0).empty()) {
    TRY(database.Run(kMake, {NewId(clock)}));
    TRY_ASSIGN(rows, database.Run(kGet, {}));
  }
  if (rows.empty()) return Fail(Code::kInternal, "the table database_identity is empty");
  const sql::Row& row = rows.front();
  if (const std::string moved_to = row.Text(2); !moved_to.empty()) {
    return Fail(Code::kConflict,
                "the captures of this database were moved to the database " + moved_to +
                    " (`matinee migrate --from`): start `matinee api` and `matinee worker` on that "
                    "one; docs/troubleshooting.md says how to go back");
  }
  return Identity{.id = row.Text(0), .follows_0_1_0 = row.Int(1) > 0};
}

Status MarkAsMoved(sql::Database& database, const std::string& to) {
  TRY(database.Run(kMove, {to}));
  return {};
}

}  // namespace matinee
