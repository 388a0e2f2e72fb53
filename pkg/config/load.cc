#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/strings.h"
#include "config/config_errors.h"
#include "config/media_server_list.h"
#include "config/otel_settings.h"
#include "config/raw_value.h"
#include "config/setting_table.h"
#include "config/settings.h"
#include "config/suggest.h"
#include "config/value_parsers.h"
#include "config/yaml_document.h"

namespace matinee::config {
namespace {

constexpr size_t kQuotedBytesMax = 80;  // Of an invalid value in a message.
constexpr std::string_view kOwnPrefix = "MATINEE_";
constexpr std::string_view kConfigVariable = "MATINEE_CONFIG";
constexpr std::string_view kFileSuffix = "_FILE";

std::string Quote(std::string_view text) {
  const std::string printable = EscapeUnprintable(text);
  const std::string_view shown = TruncateUtf8(printable, kQuotedBytesMax);
  return fmt::format("\"{}{}\"", shown, shown.size() < printable.size() ? "…" : "");
}

std::string DidYouMean(std::string_view nearest) {
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

// A value and its source.
struct Found {
  Raw raw;
  std::string label;   // Prefix of messages: "PORT", "matinee.yaml:3: port".
  std::string origin;  // For --print-config.
};

class Loader {
 public:
  // `errors` are those of the YAML parser; Load appends its own.
  Loader(const YamlNode& yaml, std::string yaml_name, const Environment& environment,
         ConfigErrors errors)
      : yaml_(yaml),
        yaml_name_(std::move(yaml_name)),
        environment_(environment),
        errors_(std::move(errors)) {}

  Result<Settings> Load() {
    for (const Setting& row : SettingTable()) LoadRow(row);
    CheckYamlKeys();
    CheckEnvironmentNames();
    Complete();
    AddMediaServers(values_, FindInYaml(std::string(kMediaServersKey)), yaml_name_, errors_);
    if (!errors_.empty()) return Fail(errors_.ToError());
    Describe();
    return std::move(static_cast<Settings&>(values_));
  }

 private:
  void LoadRow(const Setting& row);
  std::optional<Found> Find(const Setting& row);
  std::optional<Found> FindIn(const Setting& row, std::optional<Found> value,
                              std::optional<Found> file);
  std::optional<Found> InEnvironment(const std::string& variable);
  std::optional<Found> InYaml(const std::string& key, Shape shape);
  const YamlNode* FindInYaml(const std::string& key) const;
  void CheckYamlKeys();
  void CheckEnvironmentNames();
  void Complete();
  void CompleteTracing();
  void Describe();
  [[nodiscard]] bool IsSet(std::string_view variable) const {
    return origins_.find(variable) != origins_.end();
  }

  const YamlNode& yaml_;
  const std::string yaml_name_;
  const Environment& environment_;
  ConfigErrors errors_;
  Values values_;
  std::map<std::string, std::string, std::less<>> origins_;  // By variable; not of defaults.
};

const YamlNode* Loader::FindInYaml(const std::string& key) const {
  const auto entry = std::find_if(yaml_.entries.begin(), yaml_.entries.end(),
                                  [&key](const auto& known) { return known.key == key; });
  return entry == yaml_.entries.end() ? nullptr : &entry->value;
}

std::optional<Found> Loader::InEnvironment(const std::string& variable) {
  const auto entry = environment_.find(variable);
  if (entry == environment_.end() || entry->second.empty()) return std::nullopt;
  if (const Status checked = CheckText(entry->second); !checked) {
    errors_.Add(variable + ": the value " + checked.error().message);
    return std::nullopt;
  }
  return Found{entry->second, variable, "environment"};
}

std::optional<Found> Loader::InYaml(const std::string& key, Shape shape) {
  const YamlNode* node = FindInYaml(key);
  if (node == nullptr) return std::nullopt;
  const std::string label = fmt::format("{}:{}: {}", yaml_name_, node->line, key);
  auto raw = RawOf(*node, shape);
  if (!raw) {
    errors_.Add(label + " " + raw.error().message);
    return std::nullopt;
  }
  if (!*raw) return std::nullopt;
  return Found{**std::move(raw), label, yaml_name_};
}

// Returns the value itself, or the content of the file that its _FILE variable names.
std::optional<Found> Loader::FindIn(const Setting& row, std::optional<Found> value,
                                    std::optional<Found> file) {
  if (!row.secret || !file) return value;
  if (value) {
    errors_.Add(value->label + " and " + file->label + " are both set; set one of them");
    return std::nullopt;
  }
  auto secret = ReadSecretFile(std::get<std::string>(file->raw));
  if (!secret) {
    errors_.Add(file->label + ": " + secret.error().message);
    return std::nullopt;
  }
  file->raw = *std::move(secret);
  return file;
}

std::optional<Found> Loader::Find(const Setting& row) {
  const std::string variable(row.variable);
  const std::string key = YamlKey(variable);
  const std::string file_variable = variable + std::string(kFileSuffix);
  auto found = FindIn(row, InEnvironment(variable),
                      row.secret ? InEnvironment(file_variable) : std::nullopt);
  if (found) return found;
  return FindIn(row, InYaml(key, row.shape),
                row.secret ? InYaml(YamlKey(file_variable), Shape::kText) : std::nullopt);
}

void Loader::LoadRow(const Setting& row) {
  const auto found = Find(row);
  if (!found) {
    // A test parses every default.
    if (!row.computed && !row.default_text.empty()) {
      (void)row.set(values_, std::string(row.default_text));
    }
    return;
  }
  origins_[std::string(row.variable)] = found->origin;
  const Status status = row.set(values_, found->raw);
  if (status) return;
  const auto* text = std::get_if<std::string>(&found->raw);
  const std::string value = !row.quotable || text == nullptr ? "the value" : Quote(*text);
  errors_.Add(found->label + ": " + value + " " + status.error().message);
}

void Loader::CheckYamlKeys() {
  std::vector<std::string> keys = {std::string(kMediaServersKey)};
  for (const Setting& row : SettingTable()) {
    keys.push_back(YamlKey(row.variable));
    if (row.secret) keys.push_back(YamlKey(row.variable) + ToLower(kFileSuffix));
  }
  for (const auto& [key, node] : yaml_.entries) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string_view nearest = Suggest(key, keys);
    errors_.Add(fmt::format("{}:{}: unknown setting {}{}", yaml_name_, node.line, Quote(key),
                            DidYouMean(nearest)));
  }
}

// Kubernetes sets variables for each service: MATINEE_PORT etc. for a service named "matinee"
// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
bool IsSetByKubernetes(std::string_view name) {
  return name.starts_with("MATINEE_SERVICE_") || name == "MATINEE_PORT" ||
         name.starts_with("MATINEE_PORT_");
}

// Reports misspelled names. Only names that look like settings are checked: those that begin with
// MATINEE_, and misspelled names of the media servers' variables.
void Loader::CheckEnvironmentNames() {
  std::vector<std::string> names = {std::string(kConfigVariable)};
  for (const Setting& row : SettingTable()) {
    names.emplace_back(row.variable);
    if (row.secret) names.push_back(std::string(row.variable) + std::string(kFileSuffix));
  }
  for (const auto& [name, value] : environment_) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const bool of_server =
        name.starts_with("PLEX_") || name.starts_with("JELLYFIN_") || name.starts_with("EMBY_");
    const bool ours = name.starts_with(kOwnPrefix) && !IsSetByKubernetes(name);
    if (!of_server && !ours) continue;
    const std::string hint(Suggest(name, names));
    if (of_server && !hint.empty()) {
      values_.warnings.push_back(fmt::format("{} is not a setting{}", name, DidYouMean(hint)));
    }
    if (!ours) continue;
    // Users may expect the prefix on all variables.
    const std::string bare(Suggest(std::string_view(name).substr(kOwnPrefix.size()), names));
    const std::string nearest = hint.empty() ? bare : hint;
    std::string unknown = fmt::format("unknown variable {}{}", Quote(name), DidYouMean(nearest));
    if (nearest.empty()) {
      values_.warnings.push_back(std::move(unknown));
    } else {
      errors_.Add(std::move(unknown));
    }
  }
}

// Sets values that derive from other settings, and reports contradictions.
void Loader::Complete() {
  if (IsSet("DB_PATH") && IsSet("DATABASE_URL")) {
    errors_.Add("DB_PATH and DATABASE_URL contradict each other; set one of them");
  }
  CompleteTracing();
  const std::string folder = values_.data_dir == "/" ? "" : values_.data_dir;
  if (values_.capture_dir.empty()) values_.capture_dir = folder + "/captures";
  if (values_.db_path.empty()) values_.db_path = values_.database_url_path;
  if (values_.db_path.empty() && values_.database_url.empty()) {
    values_.db_path = folder + "/matinee.db";
  }
  if (values_.ffprobe_path.empty()) {
    const auto ffmpeg_folder = std::filesystem::path(values_.ffmpeg_path).parent_path();
    values_.ffprobe_path = (ffmpeg_folder / "ffprobe").string();
  }
  if (!values_.database_url_path.empty())
    origins_["DB_PATH"] = origins_["DATABASE_URL"] + " (DATABASE_URL)";
}

void Loader::CompleteTracing() {
  if (!IsSet("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")) {
    values_.otlp_traces_protocol = values_.otlp_protocol;
  }
  if (!IsSet("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")) {
    values_.otlp_traces_timeout = values_.otlp_timeout;
  }
  values_.tracing = MakeTraceSettings(values_);
  const TraceSettings& tracing = values_.tracing;
  if (tracing.queue_max > 0 && tracing.batch_max > tracing.queue_max) {
    errors_.Add(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE is greater than OTEL_BSP_MAX_QUEUE_SIZE; a batch must fit "
        "into the queue");
  }
}

void Loader::Describe() {
  for (const Setting& row : SettingTable()) {
    const auto origin = origins_.find(row.variable);
    values_.effective.push_back({YamlKey(row.variable), row.show(values_),
                                 origin == origins_.end() ? "default" : origin->second});
  }
  const YamlNode* list = FindInYaml(std::string(kMediaServersKey));
  if (list == nullptr || list->items.empty()) return;
  // Those of the list are the last ones. Their mappings include PATH_MAPPINGS by now.
  std::string shown;
  for (size_t i = values_.media_servers.size() - list->items.size();
       i < values_.media_servers.size(); ++i) {
    const MediaServerSettings& server = values_.media_servers[i];
    shown += fmt::format(
        "\n  - name: {}\n    type: {}\n    url: {}\n    token: {}\n    path_mappings: {}",
        YamlScalar(server.name), server.type, YamlScalar(server.url), YamlScalar("***"),
        ShowMappings(server.path_mappings));
  }
  values_.effective.push_back({std::string(kMediaServersKey), shown, yaml_name_});
}

Result<Settings> LoadTree(const Result<YamlNode>& yaml, const std::string& yaml_name,
                          const Environment& environment) {
  const bool usable =
      yaml && (yaml->kind == YamlNode::Kind::kMap || yaml->kind == YamlNode::Kind::kNull);
  ConfigErrors errors;
  if (!yaml) {
    errors.Add(yaml_name + ": " + yaml.error().message);
  } else if (!usable) {
    errors.Add(fmt::format("{}: the file must be a mapping (port: 8787), not {}", yaml_name,
                           KindName(yaml->kind)));
  }
  const YamlNode empty;
  return Loader(usable ? *yaml : empty, yaml_name, environment, std::move(errors)).Load();
}

}  // namespace

Result<Settings> LoadYaml(std::string_view yaml, const std::string& yaml_name,
                          const Environment& environment) {
  return LoadTree(ParseYaml(yaml), EscapeUnprintable(yaml_name), environment);
}

Result<Settings> Load(const std::optional<std::string>& yaml_path, const Environment& environment) {
  if (!yaml_path) return LoadYaml("", "", environment);
  const auto text = ReadFile(*yaml_path, kYamlBytesMax);
  if (!text) return Fail(text.error().WithContext(kConfigVariable));
  return LoadYaml(*text, *yaml_path, environment);
}

}  // namespace matinee::config
