// The one table of settings. Internal to this package: Load, PrintConfig and ConfigurationMarkdown
// all read it, so that a new setting is one row here and one field in Settings.
//
// Thread safety: the table is constant.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"

namespace matinee::config {

// OTEL_TRACES_EXPORTER.
enum class TracesExporter { kOtlp, kNone };

// What the rows are read into: the settings, and what Load still has to make settings of.
struct Values : Settings {
  std::string database_url_path;  // The file that DATABASE_URL names.
  std::string plex_url;
  Secret plex_token;
  std::vector<PathMapping> plex_path_mappings;
  std::string jellyfin_url;
  Secret jellyfin_api_key;
  std::vector<PathMapping> jellyfin_path_mappings;
  std::string emby_url;
  Secret emby_api_key;
  std::vector<PathMapping> emby_path_mappings;
  std::vector<PathMapping> path_mappings;

  // What `tracing` is made of. Times are in milliseconds, as OpenTelemetry's variables are.
  std::string otlp_endpoint;
  std::string otlp_traces_endpoint;
  OtlpProtocol otlp_protocol = OtlpProtocol::kProtobuf;
  OtlpProtocol otlp_traces_protocol = OtlpProtocol::kProtobuf;
  Secret otlp_headers;
  Secret otlp_traces_headers;
  int otlp_timeout = 0;
  int otlp_traces_timeout = 0;
  TracesExporter otel_traces_exporter = TracesExporter::kOtlp;
  bool otel_sdk_disabled = false;
  std::string otel_service_name;
  std::string otel_resource_attributes;
  TraceSampler otel_sampler = TraceSampler::kParentBasedAlwaysOn;
  std::string otel_sampler_arg;
  int bsp_schedule_delay = 0;
  int bsp_export_timeout = 0;
  int bsp_queue_max = 0;
  int bsp_batch_max = 0;
};

// A value as it was found: a text (all that the environment has), or a list of the YAML file.
using Raw = std::variant<std::string, std::vector<std::string>, std::vector<PathMapping>>;

// What a YAML file may write besides a text.
enum class Shape { kText, kList, kMappings };

struct Setting {
  std::string_view section;
  std::string_view variable;      // "POLL_INTERVAL"
  std::string_view default_text;  // Read like a value; with `computed`, words for the document.
  std::string accepts;            // For the document: "1 to 31".
  std::string_view help;
  bool computed = false;  // Without a value, Load makes one out of other settings.
  bool secret = false;    // Masked, never quoted, and has a twin with _FILE.
  bool quotable = true;   // Whether a message may quote a wrong value.
  Shape shape = Shape::kText;
  // Fails with the end of a sentence that begins with the value, see values.h.
  std::function<Status(Values&, const Raw&)> set;
  std::function<std::string(const Values&)> show;  // As YAML.
};

const std::vector<Setting>& SettingTable();

// "POLL_INTERVAL" is poll_interval in the file.
std::string YamlKey(std::string_view variable);

// The key of the list of media servers, which is no row: it has no variable.
constexpr std::string_view kMediaServersKey = "media_servers";

// "/data=/media" as YAML.
std::string ShowMappings(const std::vector<PathMapping>& mappings);

}  // namespace matinee::config
