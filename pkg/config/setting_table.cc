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
            "Names by which a browser may call Matinee (the Host "
            "header, without its port). Empty allows all. Set it if the page can be reached from "
            "more than your home network: it stops other web sites from using Matinee through a "
            "visitor's browser."},
           &Values::allowed_hosts, ',', "host names", ParseHostName),
      Endpoint({kAddress, "API_ADDRESS", "127.0.0.1:8780",
                "Where the API is, for `matinee edge`. A name is looked up when it starts."},
               &Values::api_address),
      Duration({kAddress, "DRAIN_DELAY", "0s",
                "How long a role that is told to stop goes on serving while `/readyz` already says "
                "no. Kubernetes wants about 5s: so long may it still send requests here."},
               &Values::drain_delay, milliseconds(0), milliseconds(60000)),
  };
}

std::vector<Setting> FileRows() {
  return {
      Path({kFiles, "DATA_DIR", "./data", "Folder for everything that Matinee keeps."},
           &Values::data_dir),
      Derived(
          Path({kFiles, "CAPTURE_DIR", "DATA_DIR/captures", "Folder of the pictures and clips."},
               &Values::capture_dir)),
      Derived(Path({kFiles, "DB_PATH", "DATA_DIR/matinee.db",
                    "The database, a SQLite file. It "
                    "must lie on a local disk, not on a network drive."},
                   &Values::db_path)),
      Derived(Path(
          {kFiles, "WEB_DIR", "the folder `web` beside the program", "The page as it was built."},
          &Values::web_dir)),
  };
}

std::vector<Setting> ClusterRows() {
  Setting database_url = SecretUrl(
      {kCluster, "DATABASE_URL", "",
       "The database that all processes share: `postgres://user:password@host:5432/database`. Or "
       "another way to say DB_PATH: `sqlite:///folder/file.db`, for `matinee up`. Not both."},
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
                    "Connections to PostgreSQL that a process opens at most."},
                   &Values::database_connections, 2, 64),
      Duration({kCluster, "STOP_GRACE", "5s",
                "How long captures that are being made may go on when a worker is told to stop; "
                "then they are handed back and made by another. In a cluster, a little less than "
                "the time the cluster gives."},
               &Values::stop_grace, milliseconds(0), milliseconds(3'600'000)),
  };
}

std::vector<Setting> ProgramRows() {
  return {
      Path({kPrograms, "FFMPEG_PATH", "ffmpeg", "FFmpeg: a path, or a name to be found on PATH."},
           &Values::ffmpeg_path),
      Derived(Path({kPrograms, "FFPROBE_PATH", "ffprobe, beside FFMPEG_PATH if that names a folder",
                    "FFprobe, which comes with FFmpeg."},
                   &Values::ffprobe_path)),
      Path({kPrograms, "NGINX_PATH", "nginx", "nginx: a path, or a name to be found on PATH."},
           &Values::nginx_path),
  };
}

std::vector<Setting> ServerRows() {
  return {
      Url({kServers, "PLEX_URL", "", "Address of the Plex server, as Matinee reaches it."},
          &Values::plex_url),
      Token({kServers, "PLEX_TOKEN", "", "Token of the Plex server's owner (X-Plex-Token)."},
            &Values::plex_token),
      Mappings({kServers, "PLEX_PATH_MAPPINGS", "", "Where Plex's folders are here."},
               &Values::plex_path_mappings),
      Url({kServers, "JELLYFIN_URL", "", "Address of the Jellyfin server."}, &Values::jellyfin_url),
      Token({kServers, "JELLYFIN_API_KEY", "", "An API key, from Jellyfin's dashboard."},
            &Values::jellyfin_api_key),
      Mappings({kServers, "JELLYFIN_PATH_MAPPINGS", "", "Where Jellyfin's folders are here."},
               &Values::jellyfin_path_mappings),
      Url({kServers, "EMBY_URL", "", "Address of the Emby server."}, &Values::emby_url),
      Token({kServers, "EMBY_API_KEY", "", "An API key, from Emby's dashboard."},
            &Values::emby_api_key),
      Mappings({kServers, "EMBY_PATH_MAPPINGS", "", "Where Emby's folders are here."},
               &Values::emby_path_mappings),
      Mappings({kServers, "PATH_MAPPINGS", "", "The same for all servers, after their own."},
               &Values::path_mappings),
      List({kServers, "MEDIA_ROOTS", "",
            "Folders below which films lie. Nothing outside them is "
            "ever opened; empty allows any folder."},
           &Values::media_roots, ':', "absolute paths", ParseAbsolutePath),
      Duration(
          {kServers, "POLL_INTERVAL", "2s", "How often the servers are asked what is playing."},
          &Values::poll_interval, milliseconds(500), milliseconds(60000)),
  };
}

std::vector<Setting> CaptureRows() {
  return {
      Integer<int>({kCaptures, "SCREENSHOT_QUALITY", "2",
                    "Quality of the JPEG pictures: 1 is best, "
                    "31 smallest (FFmpeg's `-q:v`)."},
                   &Values::screenshot_quality, 1, 31),
      IntegerOrZero({kCaptures, "WORKER_SLOTS", "0",
                     "How many captures are made at once, one of "
                     "them always a screenshot. 0 is one more than there are processors."},
                    &Values::worker_slots, 2, 64),
      Integer<int>({kCaptures, "WORKER_CPUS", "0",
                    "How many processors captures count on: FFmpeg gets as many threads, and "
                    "WORKER_SLOTS goes by it. 0 is what there are, or what the cgroup's limit "
                    "allows; say it where a worker without a limit shares a machine."},
                   &Values::worker_cpus, 0, 256),
      Bytes({kCaptures, "MIN_FREE_BYTES", "536870912",
             "Captures are refused while less than this is "
             "free where they are kept."},
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
            "Address of the same. They have no password: "
            "open it to a network that you trust only."},
           &Values::metrics_address, "an IP address, or localhost", ParseAddress),
      Choice<Severity>({kTelemetry, "LOG_LEVEL", "info", "The least that is logged."},
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
                                 "The same with its path, for traces only: used as it is."},
                                &Values::otlp_traces_endpoint);
  traces_endpoint.set = [](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.otlp_traces_endpoint, ParseTracesUrl(TextOf(raw)));
    return {};
  };
  const std::vector<std::string_view> protocols = {"http/protobuf", "http/json"};
  return {
      Url({kTraces, "OTEL_EXPORTER_OTLP_ENDPOINT", "",
           "Address of an OpenTelemetry collector (OTLP over HTTP, mostly port 4318); `/v1/traces` "
           "is put behind it. Without it there are no traces."},
          &Values::otlp_endpoint),
      traces_endpoint,
      OtlpChoice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                 "How spans are written. `http/protobuf` costs less than half.",
                 &Values::otlp_protocol, protocols),
      Derived(OtlpChoice("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL",
                         "The same for traces only.", &Values::otlp_traces_protocol, protocols)),
      Headers("OTEL_EXPORTER_OTLP_HEADERS",
              "Headers for the collector, such as an `Authorization`. `%XX` in a value is decoded.",
              &Values::otlp_headers),
      Headers("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "The same for traces only; instead of those.",
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
      Text({kTraces, "OTEL_SERVICE_NAME", "",
            "What this program is called in traces. Empty is `matinee`."},
           &Values::otel_service_name, "a text", AnyText),
      Text({kTraces, "OTEL_RESOURCE_ATTRIBUTES", "",
            "More about where the spans are from. `%XX` in a value is decoded."},
           &Values::otel_resource_attributes, "key=value, separated by \",\"", CheckedPairs),
      OtlpChoice(
          "OTEL_TRACES_SAMPLER", "parentbased_always_on",
          "Which traces are kept. `parentbased_…` does as the caller does, and decides about "
          "traces that begin here.",
          &Values::otel_sampler,
          {"always_on", "always_off", "traceidratio", "parentbased_always_on",
           "parentbased_always_off", "parentbased_traceidratio"}),
      Text({kTraces, "OTEL_TRACES_SAMPLER_ARG", "1.0", "The part that a `…traceidratio` keeps."},
           &Values::otel_sampler_arg, "0 to 1", CheckedRatio),
      Millis("OTEL_BSP_SCHEDULE_DELAY", "5000", "How long a span waits for others at most.",
             &Values::bsp_schedule_delay),
      Millis("OTEL_BSP_EXPORT_TIMEOUT", "30000",
             "How long a batch is tried to be sent, before it is given up.",
             &Values::bsp_export_timeout),
      Integer<int>({kTraces, "OTEL_BSP_MAX_QUEUE_SIZE", "2048",
                    "Spans that wait at most; further ones are dropped, and counted by "
                    "`matinee_trace_spans_dropped_total`."},
                   &Values::bsp_queue_max, 1, 65536),
      Integer<int>({kTraces, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512",
                    "Spans of one batch; not more than OTEL_BSP_MAX_QUEUE_SIZE."},
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
