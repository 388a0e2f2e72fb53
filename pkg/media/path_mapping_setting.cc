#include "media/path_mapping_setting.h"

#include <utility>

#include "base/strings.h"
#include "config/setting_types.h"

namespace matinee::media {
namespace {

constexpr std::string_view kFrom = "from";
constexpr std::string_view kTo = "to";

std::string ValueOf(const config::Entry& entry, std::string_view key) {
  const auto value = entry.find(key);
  return value == entry.end() ? "" : value->second;
}

Result<std::vector<PathMapping>> SplitMappings(std::string_view text) {
  std::vector<PathMapping> mappings;
  for (const std::string_view part : Split(text, ';')) {
    if (Trim(part).empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return config::Refuse("is not of the form /on/the/server=/here;/another=/there");
    }
    mappings.push_back({std::string(Trim(part.substr(0, equals))),
                        config::TrimPath(Trim(part.substr(equals + 1)))});
  }
  return mappings;
}

Status CheckMappings(const std::vector<PathMapping>& mappings) {
  if (mappings.size() > config::kListItemsMax) {
    return config::Refuse("has more than " + std::to_string(config::kListItemsMax) + " mappings");
  }
  for (size_t i = 0; i < mappings.size(); ++i) {
    const auto& [from, to] = mappings[i];
    if (from.empty()) return config::Refuse("has a mapping without a folder of the server");
    if (!to.starts_with('/')) {
      return config::Refuse("has a mapping to \"" + EscapeUnprintable(to) +
                            "\", which is not an absolute path");
    }
    for (size_t j = 0; j < i; ++j) {
      if (mappings[j].server_prefix == from) {
        return config::Refuse("maps the folder \"" + EscapeUnprintable(from) + "\" twice");
      }
    }
  }
  return {};
}

}  // namespace

config::Setting MappingsSetting(std::string variable, std::vector<PathMapping>& field,
                                std::string help) {
  config::Setting setting =
      config::MakeSetting(std::move(variable), "/on/the/server=/here, separated by \";\"",
                          std::move(help), [] { return std::string(); });
  setting.shape = MappingsShape();
  setting.set = [&field](const config::Raw& raw) -> Status {
    TRY_ASSIGN(field, ParseMappings(raw));
    return {};
  };
  setting.show = [&field] { return ShowMappings(field); };
  return setting;
}

const config::Shape& MappingsShape() {
  static const config::Shape shape{.kind = config::Shape::Kind::kMappings,
                                   .keys = {std::string(kFrom), std::string(kTo)},
                                   .example = "{from: /data, to: /media}"};
  return shape;
}

Result<std::vector<PathMapping>> ParseMappings(const config::Raw& raw) {
  std::vector<PathMapping> mappings;
  if (const auto* entries = std::get_if<std::vector<config::Entry>>(&raw)) {
    for (const config::Entry& entry : *entries) {
      mappings.push_back({ValueOf(entry, kFrom), config::TrimPath(ValueOf(entry, kTo))});
    }
  } else {
    TRY_ASSIGN(mappings, SplitMappings(config::TextOf(raw)));
  }
  TRY(CheckMappings(mappings));
  return mappings;
}

std::string ShowMappings(const std::vector<PathMapping>& mappings) {
  std::string shown;
  for (const auto& [from, to] : mappings) {
    shown += (shown.empty() ? "[{from: " : ", {from: ") + config::YamlScalar(from) +
             ", to: " + config::YamlScalar(to) + "}";
  }
  return shown.empty() ? "[]" : shown + "]";
}

}  // namespace matinee::media
