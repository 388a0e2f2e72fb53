#include "media/media_server_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "config/raw_value.h"
#include "config/value_parsers.h"
#include "media/path_mapping_setting.h"

namespace matinee::media {
namespace {

constexpr size_t kServerNameBytesMax = 40;  // Fits a card of the page and a label.

// In the order of MediaServerType.
const std::vector<std::string_view>& TypeNames() {
  static const std::vector<std::string_view> names = {ToString(MediaServerType::kPlex),
                                                      ToString(MediaServerType::kJellyfin),
                                                      ToString(MediaServerType::kEmby)};
  return names;
}

// Checks the name of a media server; it is a part of session ids and a label of metrics.
Status CheckServerName(std::string_view text) {
  const bool valid = !text.empty() && text.size() <= kServerNameBytesMax &&
                     std::string_view("._-").find(text.front()) == std::string_view::npos &&
                     config::Consists(text, "._-");
  if (valid) return {};
  return config::Refuse("is not a name of at most " + std::to_string(kServerNameBytesMax) +
                        " letters, digits, . _ and -");
}

// Reads an entry of the list media_servers.
class ServerReader {
 public:
  ServerReader(const config::YamlNode& node, config::LoadState& state)
      : node_(node), state_(state) {}

  // Returns nullopt if the entry is invalid, after adding its errors.
  std::optional<MediaServerSettings> Read() {
    if (node_.kind != config::YamlNode::Kind::kMap) {
      AddError("an entry must be a mapping with type, url and token");
      return std::nullopt;
    }
    for (const auto& [key, value] : node_.entries) ReadField(key, value);
    if (server_.name.empty() && has_type_) server_.name = ToString(server_.source);
    if (!token_file_.empty() && has_token_) AddError("give token or token_file, not both");
    if (!token_file_.empty() && !has_token_) SetToken(config::ReadSecretFile(token_file_));
    if (good_) CheckComplete();
    return good_ ? std::optional(std::move(server_)) : std::nullopt;
  }

 private:
  void AddError(const std::string& why) {
    good_ = false;
    state_.AddError(state_.yaml_name() + ":" + std::to_string(node_.line) + ": " +
                    std::string(kMediaServersKey) + ": " + why);
  }

  void CheckComplete() {
    if (!has_type_) AddError("an entry lacks its type (plex, jellyfin or emby)");
    if (server_.url.empty()) AddError("an entry lacks its url");
    if (server_.token.empty()) AddError("an entry lacks its token or token_file");
  }

  void SetToken(const Result<std::string>& text) {
    if (!text) return AddError(text.error().message);
    has_token_ = !text->empty();
    if (const Status checked = config::CheckToken(*text); !checked) {
      return AddError("token: the value " + checked.error().message);
    }
    server_.token = Secret(*text);
  }

  void ReadField(const std::string& key, const config::YamlNode& value) {
    if (key == "path_mappings") return ReadMappings(value);
    const auto text = config::TextOf(value);
    if (!text) return AddError(EscapeUnprintable(key) + " " + text.error().message);
    if (text->empty()) return;
    if (key == "token") return SetToken(text);
    if (key == "token_file") {
      token_file_ = *text;
    } else if (key == "name") {
      if (const Status checked = CheckServerName(*text); !checked) {
        return AddError("name: \"" + *text + "\" " + checked.error().message);
      }
      server_.name = *text;
    } else if (key == "type") {
      SetType(*text);
    } else if (key == "url") {
      auto url = config::ParseServerUrl(*text);
      if (!url) return AddError("url: the value " + url.error().message);
      server_.url = *std::move(url);
    } else {
      AddError("unknown key " + EscapeUnprintable(key) +
               " (known are name, type, url, token, token_file and path_mappings)");
    }
  }

  void SetType(const std::string& text) {
    const auto type = config::ParseChoice(text, TypeNames());
    if (!type) return AddError("type: \"" + text + "\" " + type.error().message);
    server_.source = static_cast<MediaServerType>(*type);
    has_type_ = true;
  }

  void ReadMappings(const config::YamlNode& value) {
    const auto raw = config::RawOf(value, MappingsShape());
    if (!raw) return AddError("path_mappings " + raw.error().message);
    if (!*raw) return;
    auto mappings = ParseMappings(**raw);
    if (!mappings) return AddError("path_mappings " + mappings.error().message);
    server_.path_mappings = *std::move(mappings);
  }

  const config::YamlNode& node_;
  config::LoadState& state_;
  MediaServerSettings server_;
  std::string token_file_;
  bool has_type_ = false;
  bool has_token_ = false;
  bool good_ = true;
};

bool IsTaken(const std::vector<MediaServerSettings>& servers, const std::string& name) {
  return std::any_of(servers.begin(), servers.end(), [&name](const MediaServerSettings& known) {
    return EqualsIgnoreCase(known.name, name);
  });
}

}  // namespace

void AppendListedServers(std::vector<MediaServerSettings>& servers, config::LoadState& state) {
  const config::YamlNode* list = state.Find(kMediaServersKey);
  if (list == nullptr || list->kind == config::YamlNode::Kind::kNull) return;
  const std::string label =
      fmt::format("{}:{}: {}", state.yaml_name(), list->line, kMediaServersKey);
  if (list->kind != config::YamlNode::Kind::kList) {
    return state.AddError(label + " must be a list, not " +
                          std::string(config::KindName(list->kind)));
  }
  if (list->items.size() > kMediaServersMax) {
    return state.AddError(label + " has more than " + std::to_string(kMediaServersMax) +
                          " entries");
  }
  for (const config::YamlNode& item : list->items) {
    auto server = ServerReader(item, state).Read();
    if (!server) continue;
    if (IsTaken(servers, server->name)) {
      state.AddError(fmt::format("{}:{}: {}: two servers have the name {}; give each a unique name",
                                 state.yaml_name(), item.line, kMediaServersKey, server->name));
    }
    servers.push_back(*std::move(server));
  }
}

std::string ShowServers(std::span<const MediaServerSettings> servers) {
  std::string shown;
  for (const MediaServerSettings& server : servers) {
    shown += fmt::format(
        "\n  - name: {}\n    type: {}\n    url: {}\n    token: {}\n    path_mappings: {}",
        config::YamlScalar(server.name), ToString(server.source), config::YamlScalar(server.url),
        config::YamlScalar("***"), ShowMappings(server.path_mappings));
  }
  return shown;
}

}  // namespace matinee::media
