// Loads the settings: one table (setting_table.cc) of YAML keys and environment variables, parsed
// into one typed struct.
//
//   Result<Settings> settings = Load("/etc/matinee.yaml", environment);
//
// The environment overrides the file, the file the defaults; an empty value counts as not set. A
// variable's key in the file is its name in lower case: POLL_INTERVAL is poll_interval. Each secret
// can be read from a file, which the variable with the suffix _FILE names.
//
// Errors: all are reported at once, one line each, with the nearest match of an unknown name and
// the range of a value outside of it. Secrets and addresses (users paste keys into them) are never
// quoted.
//
// Thread safety: plain values and pure functions, but for the files that Load reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/secret.h"
#include "telemetry/log.h"
#include "telemetry/trace_settings.h"

namespace matinee::config {

// Maps the media server's folder `from` to the local folder `to`.
struct PathMapping {
  std::string from;
  std::string to;
  bool operator==(const PathMapping&) const = default;
};

// The address of a server.
struct HostPort {
  std::string host;  // A name or an IP address, IPv6 without its brackets.
  uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

// "127.0.0.1:8780", "[::1]:8780"
std::string ToString(const HostPort& address);

struct MediaServerSettings {
  std::string name;  // Unique among the servers, ignoring case.
  std::string type;  // "plex", "jellyfin" or "emby"
  std::string url;   // "http://nas:32400", perhaps with a path; without a trailing slash.
  Secret token;      // Plex token or API key.
  std::vector<PathMapping> path_mappings;  // Its own, then those of all servers.
};

// One line of --print-config.
struct EffectiveSetting {
  std::string key;     // As in the YAML file.
  std::string yaml;    // The value as YAML, secrets masked.
  std::string origin;  // "default", "environment", or the file's name.
};

struct Settings {
  std::string host;
  uint16_t port = 0;
  std::string base_path;                   // "" or "/matinee"
  std::vector<std::string> allowed_hosts;  // In lower case, IPv6 in brackets, without ports.

  HostPort api_address;  // Of the API, for the role `edge`.
  std::chrono::milliseconds
      drain_delay{};  // How long a stopping role is not ready but still serves.

  std::string data_dir;
  std::string capture_dir;
  std::string db_path;  // Of SQLite; empty if the database is PostgreSQL.
  Secret database_url;  // postgres://…; empty if the database is SQLite.
  Secret redis_url;     // redis://…; empty without Redis.
  std::string web_dir;  // Empty: the folder "web" beside the program.

  std::string ffmpeg_path;
  std::string ffprobe_path;
  std::string nginx_path;

  std::vector<MediaServerSettings> media_servers;
  std::vector<std::string> media_roots;  // Folders of the media files; empty: any folder.
  std::chrono::milliseconds poll_interval{};

  int screenshot_quality = 0;  // FFmpeg's -q:v, 1 (best) to 31.
  int worker_slots = 0;        // 0: one more than processors.
  int worker_cpus = 0;         // Processors for captures; 0: all.
  int64_t min_free_bytes = 0;
  int database_connections = 0;
  std::chrono::milliseconds stop_grace{};

  uint16_t metrics_port = 0;  // 0: off
  std::string metrics_address;
  Severity log_level = Severity::kInfo;
  LogFormat log_format = LogFormat::kText;

  TraceSettings tracing;

  // Warnings for the log; they do not stop the start.
  std::vector<std::string> warnings;
  // For PrintConfig: every setting, in the table's order.
  std::vector<EffectiveSetting> effective;
};

using Environment = std::map<std::string, std::string>;

// The size limit of the file.
constexpr size_t kYamlBytesMax = 65536;

// Reads the settings. `yaml_path` is the file that MATINEE_CONFIG names, if set. Fails with
// kInvalidArgument and one line for each error.
Result<Settings> Load(const std::optional<std::string>& yaml_path, const Environment& environment);

// Reads the settings from the text of a file; messages call it `yaml_name`.
Result<Settings> LoadYaml(std::string_view yaml, const std::string& yaml_name,
                          const Environment& environment);

// Returns the file of "sqlite:///folder/file.db". Fails with the end of a sentence that begins with
// the value.
Result<std::string> ParseSqliteUrl(std::string_view text);

// Returns the settings in force as a YAML file, with secrets as *** and the source of each value.
std::string PrintConfig(const Settings& settings);

// Returns docs/configuration.md, generated from the table.
std::string ConfigurationMarkdown();

}  // namespace matinee::config
