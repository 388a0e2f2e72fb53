#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/strings.h"
#include "config/config_errors.h"
#include "config/load_state.h"
#include "config/raw_value.h"
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

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Returns the name, and of a secret the name of its file.
std::vector<std::string> WithFile(const Setting& setting, const std::string& name) {
  if (!setting.secret) return {name};
  return {name, name + std::string(kFileSuffix)};
}

// The names of variables: those to suggest, and all that are accepted.
struct Names {
  std::vector<std::string> current;
  std::vector<std::string> accepted;
};

Names NamesOf(const Sections& sections) {
  Names names;
  for (const Section& section : sections) {
    for (const Setting& setting : section.settings) {
      for (auto& name : WithFile(setting, setting.variable)) names.current.push_back(name);
      for (const std::string& former : setting.former_names) {
        for (auto& name : WithFile(setting, former)) names.accepted.push_back(name);
      }
    }
  }
  names.accepted.insert(names.accepted.end(), names.current.begin(), names.current.end());
  return names;
}

// Kubernetes sets variables for each service: MATINEE_PORT etc. for a service named "matinee"
// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
bool IsSetByKubernetes(std::string_view name) {
  return name.starts_with("MATINEE_SERVICE_") || name == "MATINEE_PORT" ||
         name.starts_with("MATINEE_PORT_");
}

// A value and its source.
struct Found {
  Raw raw;
  std::string label;   // Prefix of messages: "PORT", "matinee.yaml:3: port".
  std::string origin;  // For --print-config.
  bool is_file = false;
  bool is_former = false;  // Set by a former name.
};

class Loader {
 public:
  // `errors` are those of the YAML parser; Load appends its own.
  Loader(const Sections& sections, const YamlNode& yaml, const std::string& yaml_name,
         const Environment& environment, ConfigErrors errors)
      : sections_(sections),
        yaml_(yaml),
        environment_(environment),
        state_(yaml, yaml_name, std::move(errors)) {}

  Result<Loaded> Load() {
    for (const Section& section : sections_) {
      for (const Setting& setting : section.settings) LoadSetting(setting);
    }
    CheckYamlKeys();
    CheckEnvironmentNames();
    for (const Section& section : sections_) {
      if (section.complete) section.complete(state_);
    }
    if (!state_.errors().empty()) return Fail(state_.errors().ToError());
    return Loaded{state_.warnings(), Describe()};
  }

 private:
  using Lookup = std::optional<Found> (Loader::*)(const std::string& name, const Shape& shape);

  void LoadSetting(const Setting& setting);
  std::optional<Found> Find(const Setting& setting);
  std::optional<Found> FindBy(Lookup lookup, const Setting& setting);
  std::optional<Found> InEnvironment(const std::string& variable, const Shape& shape);
  std::optional<Found> InYaml(const std::string& variable, const Shape& shape);
  void CheckYamlKeys();
  void CheckEnvironmentNames();
  void CheckOwnName(const std::string& name, const Names& names, const std::string& hint);
  [[nodiscard]] bool LooksLikeASetting(std::string_view name) const;
  std::vector<EffectiveSetting> Describe();

  const Sections& sections_;
  const YamlNode& yaml_;
  const Environment& environment_;
  LoadState state_;
};

std::optional<Found> Loader::InEnvironment(const std::string& variable, const Shape& /*shape*/) {
  const auto entry = environment_.find(variable);
  if (entry == environment_.end() || entry->second.empty()) return std::nullopt;
  if (const Status checked = CheckText(entry->second); !checked) {
    state_.AddError(variable + ": the value " + checked.error().message);
    return std::nullopt;
  }
  return Found{entry->second, variable, "environment"};
}

std::optional<Found> Loader::InYaml(const std::string& variable, const Shape& shape) {
  const std::string key = YamlKey(variable);
  const YamlNode* node = state_.Find(key);
  if (node == nullptr) return std::nullopt;
  const std::string label = fmt::format("{}:{}: {}", state_.yaml_name(), node->line, key);
  auto raw = RawOf(*node, shape);
  if (!raw) {
    state_.AddError(label + " " + raw.error().message);
    return std::nullopt;
  }
  if (!*raw) return std::nullopt;
  return Found{**std::move(raw), label, state_.yaml_name()};
}

// Looks for the setting by each of its names, and for the files of a secret. The content of such a
// file is the value.
std::optional<Found> Loader::FindBy(Lookup lookup, const Setting& setting) {
  std::vector<std::string> names = {setting.variable};
  names.insert(names.end(), setting.former_names.begin(), setting.former_names.end());
  std::optional<Found> found;
  for (const std::string& name : names) {
    for (const std::string& spelling : WithFile(setting, name)) {
      const bool is_file = spelling != name;
      auto next = (this->*lookup)(spelling, is_file ? Shape() : setting.shape);
      if (!next) continue;
      if (found) {
        state_.AddError(found->label + " and " + next->label + " are both set; set one of them");
        return std::nullopt;
      }
      next->is_file = is_file;
      next->is_former = name != setting.variable;
      found = std::move(next);
    }
  }
  if (!found || !found->is_file) return found;
  auto secret = ReadSecretFile(TextOf(found->raw));
  if (!secret) {
    state_.AddError(found->label + ": " + secret.error().message);
    return std::nullopt;
  }
  found->raw = *std::move(secret);
  return found;
}

std::optional<Found> Loader::Find(const Setting& setting) {
  auto found = FindBy(&Loader::InEnvironment, setting);
  return found ? found : FindBy(&Loader::InYaml, setting);
}

void Loader::LoadSetting(const Setting& setting) {
  const auto found = Find(setting);
  if (!found) return;
  if (found->is_former) {
    state_.AddWarning(fmt::format("{} is deprecated; use {}", found->label, setting.variable));
  }
  state_.SetOrigin(setting.variable, found->origin);
  const Status status = setting.set(found->raw);
  if (status) return;
  const auto* text = std::get_if<std::string>(&found->raw);
  const std::string value = !setting.quotable || text == nullptr ? "the value" : Quote(*text);
  state_.AddError(found->label + ": " + value + " " + status.error().message);
}

void Loader::CheckYamlKeys() {
  const Names names = NamesOf(sections_);
  std::vector<std::string> keys;
  for (const Section& section : sections_) {
    for (const FileSetting& setting : section.file_settings) keys.push_back(setting.key);
  }
  for (const std::string& name : names.current) keys.push_back(YamlKey(name));
  std::vector<std::string> accepted = keys;
  for (const std::string& name : names.accepted) accepted.push_back(YamlKey(name));
  for (const auto& [key, node] : yaml_.entries) {
    if (Contains(accepted, key)) continue;
    state_.AddError(fmt::format("{}:{}: unknown setting {}{}", state_.yaml_name(), node.line,
                                Quote(key), DidYouMean(Suggest(key, keys))));
  }
}

bool Loader::LooksLikeASetting(std::string_view name) const {
  return std::any_of(sections_.begin(), sections_.end(), [name](const Section& section) {
    return std::any_of(section.prefixes.begin(), section.prefixes.end(),
                       [name](const std::string& prefix) { return name.starts_with(prefix); });
  });
}

// Reports misspelled names. Only names that look like settings are checked: those that begin with
// MATINEE_ or with a prefix of a section.
void Loader::CheckEnvironmentNames() {
  Names names = NamesOf(sections_);
  names.current.insert(names.current.begin(), std::string(kConfigVariable));
  names.accepted.emplace_back(kConfigVariable);
  for (const auto& [name, value] : environment_) {
    if (Contains(names.accepted, name)) continue;
    const bool is_own = name.starts_with(kOwnPrefix) && !IsSetByKubernetes(name);
    const bool is_like = LooksLikeASetting(name);
    if (!is_own && !is_like) continue;
    const std::string hint(Suggest(name, names.current));
    if (is_like && !hint.empty()) {
      state_.AddWarning(fmt::format("{} is not a setting{}", name, DidYouMean(hint)));
    }
    if (is_own) CheckOwnName(name, names, hint);
  }
}

// Users may expect the prefix on all variables.
void Loader::CheckOwnName(const std::string& name, const Names& names, const std::string& hint) {
  const std::string bare(Suggest(std::string_view(name).substr(kOwnPrefix.size()), names.current));
  const std::string& nearest = hint.empty() ? bare : hint;
  std::string unknown = fmt::format("unknown variable {}{}", Quote(name), DidYouMean(nearest));
  if (nearest.empty()) {
    state_.AddWarning(std::move(unknown));
  } else {
    state_.AddError(std::move(unknown));
  }
}

std::vector<EffectiveSetting> Loader::Describe() {
  std::vector<EffectiveSetting> effective;
  for (const Section& section : sections_) {
    for (const Setting& setting : section.settings) {
      effective.push_back(
          {YamlKey(setting.variable), setting.show(), state_.OriginOf(setting.variable)});
    }
    for (const FileSetting& setting : section.file_settings) {
      std::string shown = setting.show();
      if (!shown.empty()) {
        effective.push_back({setting.key, std::move(shown), state_.yaml_name()});
      }
    }
  }
  return effective;
}

// Two sections that declare one name would both be set.
Status CheckNamesAreUnique(const Sections& sections) {
  std::vector<std::string> names = NamesOf(sections).accepted;
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return Fail(Code::kInternal, "two settings have the name " + *twice);
}

Result<Loaded> LoadTree(const Sections& sections, const Result<YamlNode>& yaml,
                        const std::string& yaml_name, const Environment& environment) {
  TRY(CheckNamesAreUnique(sections));
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
  return Loader(sections, usable ? *yaml : empty, yaml_name, environment, std::move(errors)).Load();
}

}  // namespace

Result<Loaded> LoadYaml(const Sections& sections, std::string_view yaml,
                        const std::string& yaml_name, const Environment& environment) {
  return LoadTree(sections, ParseYaml(yaml), EscapeUnprintable(yaml_name), environment);
}

Result<Loaded> Load(const Sections& sections, const std::optional<std::string>& yaml_path,
                    const Environment& environment) {
  if (!yaml_path) return LoadYaml(sections, "", "", environment);
  const auto text = ReadFile(*yaml_path, kYamlBytesMax);
  if (!text) return Fail(text.error().WithContext(kConfigVariable));
  return LoadYaml(sections, *text, *yaml_path, environment);
}

std::string PrintConfig(const std::vector<EffectiveSetting>& effective) {
  std::string text = "# The settings in force. Secrets are masked.\n";
  for (const EffectiveSetting& setting : effective) {
    const bool block = setting.yaml.starts_with('\n');
    const std::string comment = "  # " + setting.origin;
    text +=
        setting.key + ":" + (block ? comment + setting.yaml : " " + setting.yaml + comment) + "\n";
  }
  return text;
}

}  // namespace matinee::config
