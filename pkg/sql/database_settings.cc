#include "sql/database_settings.h"

#include <optional>

#include "base/files.h"
#include "base/strings.h"
#include "config/load_state.h"
#include "config/setting_types.h"

namespace matinee::sql {
namespace {

// libpq checks the rest.
bool IsPostgresUrl(std::string_view text) {
  const std::string lower = ToLower(text);
  return lower.starts_with("postgres://") || lower.starts_with("postgresql://");
}

Status CheckDatabaseUrl(std::string_view text) {
  if (!IsPostgresUrl(text)) TRY(ParseSqliteUrl(text));
  return {};
}

// A DATABASE_URL of a file is another form of DB_PATH.
void Complete(DatabaseSettings& database, const std::string& data_dir, config::LoadState& state) {
  if (state.IsSet("DB_PATH") && state.IsSet("DATABASE_URL")) {
    state.AddError("DB_PATH and DATABASE_URL contradict each other; set one of them");
  }
  if (!database.url.empty() && !IsPostgresUrl(database.url.Reveal())) {
    database.path = ParseSqliteUrl(database.url.Reveal()).value_or("");
    database.url = Secret();
    state.SetOrigin("DB_PATH", state.OriginOf("DATABASE_URL") + " (DATABASE_URL)");
  }
  if (database.path.empty() && database.url.empty()) {
    database.path = config::JoinPath(data_dir, "matinee.db");
  }
}

}  // namespace

config::Section DatabaseSection(DatabaseSettings& database, const std::string& data_dir) {
  return {
      .title = "Database",
      .settings =
          {
              config::Path("DB_PATH", database.path,
                           "The SQLite database file. It must be on a local disk, not on a network "
                           "drive.")
                  .Derived("DATA_DIR/matinee.db"),
              config::SecretText("DATABASE_URL", database.url, "postgres://… or sqlite:///…",
                                 CheckDatabaseUrl,
                                 "The database that all processes share: "
                                 "`postgres://user:password@host:5432/database`. Or another form "
                                 "of DB_PATH: `sqlite:///folder/file.db`, for `matinee up`. Not "
                                 "both."),
              config::Integer("DATABASE_CONNECTIONS", database.connections, 2, 64,
                              "Maximum number of connections to PostgreSQL per process."),
          },
      .complete = [&database, &data_dir](config::LoadState& state) {
        Complete(database, data_dir, state);
      }};
}

Result<std::string> ParseSqliteUrl(std::string_view text) {
  const std::string lower = ToLower(text);
  constexpr std::string_view kScheme = "sqlite://";
  const auto path =
      lower.starts_with(kScheme) ? PercentDecode(text.substr(kScheme.size())) : std::nullopt;
  if (!path || !path->starts_with('/') || path->ends_with('/') || !config::CheckText(*path)) {
    return config::Refuse(
        "is neither of the form postgres://user:password@host/database nor "
        "sqlite:///folder/matinee.db");
  }
  return *path;
}

}  // namespace matinee::sql
