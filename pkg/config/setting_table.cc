#include "config/setting_table.h"

#include <utility>

#include "base/strings.h"
#include "config/otel_settings.h"
#include "config/setting_types.h"
#include "config/value_parsers.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kAddress = "Address of the page";
constexpr std::string_view kFiles = "Folders and files";
constexpr std::string_view kCluster = "Several processes";
constexpr std::string_view kPrograms = "Programs";
constexpr std::string_view kServers = "Media servers";
constexpr std::string_view kCaptures = "Captures";
constexpr std::string_view kTelemetry = "Logs and metrics";
constexpr std::string_view kTraces = "Traces";

std::vector<Setting> AddressRows() {
  return {
      Text({kAddress, "HOST", "0.0.0.0",
            "Address that the page listens on. `::` listens on IPv6 "
            "too; `127.0.0.1` lets only this machine in."},
           &Values::host, "an IP address, or localhost", ParseAddress),
      Integer<uint16_t>({kAddress, "PORT", "8787", "Port that the page listens on."}, &Values::port,
                        1, 65535),
      Text({kAddress, "BASE_PATH", "",
            "Path below which everything is served, for a reverse proxy "
            "that shares one host among several programs."},
           &Values::base_path, "a path such as /matinee", ParseBasePath),
      List({kAddress, "ALLOWED_HOSTS", "",
            "Names by which browsers may address Matinee (the Host "
            "header, without its port). Empty allows all. Set it if the page can be reached from "
            "more than your home network: it stops other web sites from using Matinee through a "
            "visitor's browser."},
           &Values::allowed_hosts, ',', "host names", ParseHostName),
      Endpoint({kAddress, "API_ADDRESS", "127.0.0.1:8780",
                "Address of the API, for `matinee edge`. A name is resolved at its start."},
               &Values::api_address),
      Duration({kAddress, "DRAIN_DELAY", "0s",
                "How long a stopping role still serves while `/readyz` already fails. Kubernetes "
                "needs about 5s, as it may send requests for that long."},
               &Values::drain_delay, milliseconds(0), milliseconds(60000)),
  };
}

std::vector<Setting> FileRows() {
  return {
      Path({kFiles, "DATA_DIR", "./data", "Folder for all data of Matinee."}, &Values::data_dir),
      Derived(
          Path({kFiles, "CAPTURE_DIR", "DATA_DIR/captures", "Folder of the screenshots and clips."},
               &Values::capture_dir)),
      Derived(
          Path({kFiles, "DB_PATH", "DATA_DIR/matinee.db",
                "The SQLite database file. It must be on a local disk, not on a network drive."},
               &Values::db_path)),
      Derived(Path({kFiles, "WEB_DIR", "the folder `web` beside the program", "The built page."},
                   &Values::web_dir)),
  };
}

std::vector<Setting> ClusterRows() {
  Setting database_url = SecretUrl(
      {kCluster, "DATABASE_URL", "",
       "The database that all processes share: `postgres://user:password@host:5432/database`. Or "
       "another form of DB_PATH: `sqlite:///folder/file.db`, for `matinee up`. Not both."},
      "postgres://… or sqlite:///…", &Values::database_url);
  database_url.set = [](Values& values, const Raw& raw) -> Status {
    if (IsPostgresUrl(TextOf(raw))) {
      values.database_url = Secret(TextOf(raw));
      return {};
    }
    TRY_ASSIGN(values.database_url_path, ParseSqliteUrl(TextOf(raw)));
    return {};
  };
  Setting redis_url = SecretUrl({kCluster, "REDIS_URL", "",
                                 "The Redis that all processes share: "
                                 "`redis://:password@host:6379/0`."},
                                "redis://…", &Values::redis_url);
  redis_url.set = [](Values& values, const Raw& raw) -> Status {
    if (!TextOf(raw).starts_with("redis://")) {
      return Fail(Code::kInvalidArgument, "is not of the form redis://:password@host:6379/0");
    }
    values.redis_url = Secret(TextOf(raw));
    return {};
  };
  return {
      std::move(database_url),
      std::move(redis_url),
      Integer<int>({kCluster, "DATABASE_CONNECTIONS", "8",
                    "Maximum number of connections to PostgreSQL per process."},
                   &Values::database_connections, 2, 64),
      Duration({kCluster, "STOP_GRACE", "5s",
                "How long running captures may go on when a worker stops; then they are requeued "
                "for another worker. In a cluster, a little less than the termination grace "
                "period."},
               &Values::stop_grace, milliseconds(0), milliseconds(3'600'000)),
  };
}

std::vector<Setting> ProgramRows() {
  return {
      Path({kPrograms, "FFMPEG_PATH", "ffmpeg", "FFmpeg: a path, or a name to look up in PATH."},
           &Values::ffmpeg_path),
      Derived(Path({kPrograms, "FFPROBE_PATH", "ffprobe, beside FFMPEG_PATH if that names a folder",
                    "FFprobe, which comes with FFmpeg."},
                   &Values::ffprobe_path)),
      Path({kPrograms, "NGINX_PATH", "nginx", "nginx: a path, or a name to look up in PATH."},
           &Values::nginx_path),
  };
}

std::vector<Setting> ServerRows() {
  return {
      Url({kServers, "PLEX_URL", "", "Address of the Plex server, as Matinee reaches it."},
          &Values::plex_url),
      Token({kServers, "PLEX_TOKEN", "", "Token of the Plex server's owner (X-Plex-Token)."},
            &Values::plex_token),
      Mappings({kServers, "PLEX_PATH_MAPPINGS", "", "Local paths of Plex's folders."},
               &Values::plex_path_mappings),
      Url({kServers, "JELLYFIN_URL", "", "Address of the Jellyfin server."}, &Values::jellyfin_url),
      Token({kServers, "JELLYFIN_API_KEY", "", "An API key, from Jellyfin's dashboard."},
            &Values::jellyfin_api_key),
      Mappings({kServers, "JELLYFIN_PATH_MAPPINGS", "", "Local paths of Jellyfin's folders."},
               &Values::jellyfin_path_mappings),
      Url({kServers, "EMBY_URL", "", "Address of the Emby server."}, &Values::emby_url),
      Token({kServers, "EMBY_API_KEY", "", "An API key, from Emby's dashboard."},
            &Values::emby_api_key),
      Mappings({kServers, "EMBY_PATH_MAPPINGS", "", "Local paths of Emby's folders."},
               &Values::emby_path_mappings),
      Mappings({kServers, "PATH_MAPPINGS", "",
                "The same for all servers; a server's own take precedence."},
               &Values::path_mappings),
      List({kServers, "MEDIA_ROOTS", "",
            "Folders of the media files. Files outside are never opened; empty allows any folder."},
           &Values::media_roots, ':', "absolute paths", ParseAbsolutePath),
      Duration({kServers, "POLL_INTERVAL", "2s", "How often the media servers are polled."},
               &Values::poll_interval, milliseconds(500), milliseconds(60000)),
  };
}

std::vector<Setting> CaptureRows() {
  return {
      Integer<int>({kCaptures, "SCREENSHOT_QUALITY", "2",
                    "JPEG quality of screenshots: 1 is best, 31 smallest (FFmpeg's `-q:v`)."},
                   &Values::screenshot_quality, 1, 31),
      IntegerOrZero(
          {kCaptures, "WORKER_SLOTS", "0",
           "How many captures run at once; one slot is for screenshots only. 0 is one more "
           "than the number of processors."},
          &Values::worker_slots, 2, 64),
      Integer<int>(
          {kCaptures, "WORKER_CPUS", "0",
           "Number of processors for captures: FFmpeg uses as many threads, and WORKER_SLOTS "
           "depends on it. 0 is the number of processors, or the cgroup's limit; set it "
           "where a worker without a limit shares a machine."},
          &Values::worker_cpus, 0, 256),
      Bytes({kCaptures, "MIN_FREE_BYTES", "536870912",
             "Captures are refused while less than this is free on their file system."},
            &Values::min_free_bytes),
  };
}

std::vector<Setting> TelemetryRows() {
  return {
      Integer<uint16_t>({kTelemetry, "METRICS_PORT", "9464",
                         "Port of `/metrics`, `/livez` and "
                         "`/readyz`; 0 turns them off."},
                        &Values::metrics_port, 0, 65535),
      Text({kTelemetry, "METRICS_ADDRESS", "127.0.0.1",
            "Address of the same. They have no password: expose it to a trusted network only."},
           &Values::metrics_address, "an IP address, or localhost", ParseAddress),
      Choice<Severity>({kTelemetry, "LOG_LEVEL", "info", "Minimum severity of log lines."},
                       &Values::log_level, {"debug", "info", "warn", "error"}),
      Choice<LogFormat>(
          {kTelemetry, "LOG_FORMAT", "text", "`text` for people, `json` for machines."},
          &Values::log_format, {"text", "json"}),
  };
}

// The variables and their defaults are OpenTelemetry's.
template <typename Enum>
Setting OtlpChoice(std::string_view variable, std::string_view default_text, std::string_view help,
                   Enum Values::*field, const std::vector<std::string_view>& choices) {
  return Choice<Enum>({kTraces, variable, default_text, help}, field, choices);
}

Setting Millis(std::string_view variable, std::string_view default_text, std::string_view help,
               int Values::*field) {
  constexpr int kHourMs = 3'600'000;
  Setting row = Integer<int>({kTraces, variable, default_text, help}, field, 1, kHourMs);
  row.accepts = "milliseconds";
  return row;
}

Setting Headers(std::string_view variable, std::string_view help, Secret Values::*field) {
  return SecretText({kTraces, variable, "", help}, field, "name=value, separated by \",\"",
                    CheckOtlpHeaders);
}

Result<std::string> CheckedPairs(std::string_view text) {
  TRY(ParsePairs(text));
  return std::string(text);
}

Result<std::string> CheckedRatio(std::string_view text) {
  TRY(ParseRatio(text));
  return std::string(text);
}

Result<std::string> AnyText(std::string_view text) {
  return std::string(text);
}

std::vector<Setting> OtlpRows() {
  Setting traces_endpoint = Url({kTraces, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "",
                                 "The full address, for traces only: used as it is."},
                                &Values::otlp_traces_endpoint);
  traces_endpoint.set = [](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.otlp_traces_endpoint, ParseTracesUrl(TextOf(raw)));
    return {};
  };
  const std::vector<std::string_view> protocols = {"http/protobuf", "http/json"};
  return {
      Url({kTraces, "OTEL_EXPORTER_OTLP_ENDPOINT", "",
           "Address of an OpenTelemetry collector (OTLP over HTTP, mostly port 4318); `/v1/traces` "
           "is appended. Without it, traces are off."},
          &Values::otlp_endpoint),
      traces_endpoint,
      OtlpChoice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                 "Encoding of spans. `http/protobuf` costs less than half.", &Values::otlp_protocol,
                 protocols),
      Derived(OtlpChoice("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL",
                         "The same for traces only.", &Values::otlp_traces_protocol, protocols)),
      Headers("OTEL_EXPORTER_OTLP_HEADERS",
              "Headers for the collector, such as an `Authorization`. `%XX` in a value is decoded.",
              &Values::otlp_headers),
      Headers("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "The same for traces only; replaces those.",
              &Values::otlp_traces_headers),
      Millis("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "How long the collector may take to answer.",
             &Values::otlp_timeout),
      Derived(Millis("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT",
                     "The same for traces only.", &Values::otlp_traces_timeout)),
  };
}

std::vector<Setting> TraceRows() {
  return {
      OtlpChoice("OTEL_SDK_DISABLED", "false", "`true` turns traces off, whatever else is set.",
                 &Values::otel_sdk_disabled, {"false", "true"}),
      OtlpChoice("OTEL_TRACES_EXPORTER", "otlp", "`none` turns traces off too.",
                 &Values::otel_traces_exporter, {"otlp", "none"}),
      Text({kTraces, "OTEL_SERVICE_NAME", "", "Service name in traces. Empty is `matinee`."},
           &Values::otel_service_name, "a string", AnyText),
      Text({kTraces, "OTEL_RESOURCE_ATTRIBUTES", "",
            "More resource attributes of the spans. `%XX` in a value is decoded."},
           &Values::otel_resource_attributes, "key=value, separated by \",\"", CheckedPairs),
      OtlpChoice("OTEL_TRACES_SAMPLER", "parentbased_always_on",
                 "Which traces are kept. `parentbased_…` follows the caller's decision, and "
                 "decides itself "
                 "about traces that start here.",
                 &Values::otel_sampler,
                 {"always_on", "always_off", "traceidratio", "parentbased_always_on",
                  "parentbased_always_off", "parentbased_traceidratio"}),
      Text({kTraces, "OTEL_TRACES_SAMPLER_ARG", "1.0",
            "The ratio of traces that `…traceidratio` keeps."},
           &Values::otel_sampler_arg, "0 to 1", CheckedRatio),
      Millis("OTEL_BSP_SCHEDULE_DELAY", "5000", "Maximum delay of a span before its batch is sent.",
             &Values::bsp_schedule_delay),
      Millis("OTEL_BSP_EXPORT_TIMEOUT", "30000",
             "How long sending a batch is retried before it is dropped.",
             &Values::bsp_export_timeout),
      Integer<int>({kTraces, "OTEL_BSP_MAX_QUEUE_SIZE", "2048",
                    "Maximum number of queued spans; further ones are dropped, and counted by "
                    "`matinee_trace_spans_dropped_total`."},
                   &Values::bsp_queue_max, 1, 65536),
      Integer<int>({kTraces, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512",
                    "Maximum number of spans in a batch; at most OTEL_BSP_MAX_QUEUE_SIZE."},
                   &Values::bsp_batch_max, 1, 65536),
  };
}

}  // namespace

const std::vector<Setting>& SettingTable() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> rows;
    for (auto part : {AddressRows(), FileRows(), ClusterRows(), ProgramRows(), ServerRows(),
                      CaptureRows(), TelemetryRows(), OtlpRows(), TraceRows()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
  }();
  return table;
}

std::string YamlKey(std::string_view variable) {
  return ToLower(variable);
}

std::string ShowMappings(const std::vector<PathMapping>& mappings) {
  std::string shown;
  for (const auto& [from, to] : mappings) {
    shown += (shown.empty() ? "[{from: " : ", {from: ") + YamlScalar(from) +
             ", to: " + YamlScalar(to) + "}";
  }
  return shown.empty() ? "[]" : shown + "]";
}

}  // namespace matinee::config
