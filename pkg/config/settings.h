// What a person can set: one table (setting_table.cc) of YAML keys and environment variables, read
// into one typed struct.
//
//   Result<Settings> settings = Load("/etc/matinee.yaml", environment);
//
// The environment overrides the file, the file the defaults; an empty value counts as not set. A
// variable's key in the file is its name in small letters: POLL_INTERVAL is poll_interval. Each
// secret can stand in a file of its own, named by a variable with _FILE behind its name.
//
// Errors: everything that is wrong is told at once, one line each, with the nearest match of a name
// that is unknown and the range of a value that is outside. No secret and no address (people paste
// keys into them) is ever quoted.
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

// The folder `from`, as a media server names it, is the folder `to` here.
struct PathMapping {
  std::string from;
  std::string to;
  bool operator==(const PathMapping&) const = default;
};

// Where a server listens, or is reached.
struct HostPort {
  std::string host;  // A name or an IP address, IPv6 without its brackets.
  uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

// "127.0.0.1:8780", "[::1]:8780"
std::string ToString(const HostPort& address);

struct MediaServerSettings {
  std::string name;  // Unique among the servers, whatever the case of its letters.
  std::string type;  // "plex", "jellyfin" or "emby"
  std::string url;   // "http://nas:32400", perhaps with a path; no slash at its end.
  Secret token;      // Plex token or API key.
  std::vector<PathMapping> path_mappings;  // Its own, then those that hold for all servers.
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
  std::vector<std::string> allowed_hosts;  // In small letters, IPv6 in brackets, without ports.

  HostPort api_address;                     // Of the API, for the role `edge`.
  std::chrono::milliseconds drain_delay{};  // Not ready, but still serving, before a stop.

  std::string data_dir;
  std::string capture_dir;
  std::string db_path;  // Of SQLite; empty if the database is PostgreSQL.
  Secret database_url;  // postgres://…; empty if the database is SQLite.
  Secret redis_url;     // redis://…; empty without.
  std::string web_dir;  // Empty: the folder "web" beside the program.

  std::string ffmpeg_path;
  std::string ffprobe_path;
  std::string nginx_path;

  std::vector<MediaServerSettings> media_servers;
  std::vector<std::string> media_roots;  // Films lie only below these; empty: anywhere.
  std::chrono::milliseconds poll_interval{};

  int screenshot_quality = 0;  // FFmpeg's -q:v, 1 (best) to 31.
  int worker_slots = 0;        // 0: one more than processors.
  int worker_cpus = 0;         // Processors that captures count on; 0: as many as there are.
  int64_t min_free_bytes = 0;
  int database_connections = 0;
  std::chrono::milliseconds stop_grace{};

  uint16_t metrics_port = 0;  // 0: off
  std::string metrics_address;
  Severity log_level = Severity::kInfo;
  LogFormat log_format = LogFormat::kText;

  TraceSettings tracing;

  // What is odd, but no reason not to start; for the log.
  std::vector<std::string> warnings;
  // For PrintConfig: every setting, in the table's order.
  std::vector<EffectiveSetting> effective;
};

using Environment = std::map<std::string, std::string>;

// Longer files are no settings.
constexpr size_t kYamlBytesMax = 65536;

// Reads the settings. `yaml_path` is what MATINEE_CONFIG names, if anything. Fails with
// kInvalidArgument and one line for each fault.
Result<Settings> Load(const std::optional<std::string>& yaml_path, const Environment& environment);

// The same with the text of the file; `yaml_name` is what messages call it.
Result<Settings> LoadYaml(std::string_view yaml, const std::string& yaml_name,
                          const Environment& environment);

// The file of "sqlite:///folder/file.db". Fails with the end of a sentence that begins with the
// value.
Result<std::string> ParseSqliteUrl(std::string_view text);

// The settings in force as a YAML file, with secrets as *** and where each value came from.
std::string PrintConfig(const Settings& settings);

// docs/configuration.md, from the table.
std::string ConfigurationMarkdown();

}  // namespace matinee::config
