// The table of settings, which Load, PrintConfig and ConfigurationMarkdown read: a new setting is
// one row here and one field in Settings. Internal to this package.
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

// The settings, and the values from which Load derives settings.
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

  // The sources of `tracing`. Times are in milliseconds, as in OpenTelemetry's variables.
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

// A raw value: a string (always in the environment), or a list of the YAML file.
using Raw = std::variant<std::string, std::vector<std::string>, std::vector<PathMapping>>;

// The YAML node that a setting allows besides a string.
enum class Shape { kText, kList, kMappings };

struct Setting {
  std::string_view section;
  std::string_view variable;      // "POLL_INTERVAL"
  std::string_view default_text;  // Parsed like a value; with `computed`, a text for the document.
  std::string accepts;            // For the document: "1 to 31".
  std::string_view help;
  bool computed = false;  // Without a value, Load derives one from other settings.
  bool secret = false;    // Masked, never quoted, and has a _FILE variable.
  bool quotable = true;   // Whether a message may quote an invalid value.
  Shape shape = Shape::kText;
  // Fails with the end of a sentence that begins with the value; see value_parsers.h.
  std::function<Status(Values&, const Raw&)> set;
  std::function<std::string(const Values&)> show;  // As YAML.
};

const std::vector<Setting>& SettingTable();

// Returns the key in the file: "poll_interval" for "POLL_INTERVAL".
std::string YamlKey(std::string_view variable);

// The key of the list of media servers, which is not a row, as it has no variable.
constexpr std::string_view kMediaServersKey = "media_servers";

// Returns the mappings as YAML.
std::string ShowMappings(const std::vector<PathMapping>& mappings);

}  // namespace matinee::config
