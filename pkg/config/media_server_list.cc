#include "config/media_server_list.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "config/raw_value.h"
#include "config/value_parsers.h"

namespace matinee::config {
namespace {

constexpr std::array<std::string_view, 3> kTypes = {"plex", "jellyfin", "emby"};

// Reads an entry of the list media_servers.
class ServerReader {
 public:
  ServerReader(const YamlNode& node, const std::string& yaml_name, ConfigErrors& errors)
      : node_(node), yaml_name_(yaml_name), errors_(errors) {}

  // Returns nullopt if the entry is invalid, after adding its errors.
  std::optional<MediaServerSettings> Read() {
    if (node_.kind != YamlNode::Kind::kMap) {
      AddError("an entry must be a mapping with type, url and token");
      return std::nullopt;
    }
    for (const auto& [key, value] : node_.entries) ReadField(key, value);
    if (server_.name.empty()) server_.name = server_.type;
    if (!token_file_.empty() && has_token_) AddError("give token or token_file, not both");
    if (!token_file_.empty() && !has_token_) SetToken(ReadSecretFile(token_file_));
    if (good_) CheckComplete();
    return good_ ? std::optional(std::move(server_)) : std::nullopt;
  }

 private:
  void AddError(const std::string& why) {
    good_ = false;
    errors_.Add(yaml_name_ + ":" + std::to_string(node_.line) + ": " +
                std::string(kMediaServersKey) + ": " + why);
  }

  void CheckComplete() {
    if (server_.type.empty()) AddError("an entry lacks its type (plex, jellyfin or emby)");
    if (server_.url.empty()) AddError("an entry lacks its url");
    if (server_.token.empty()) AddError("an entry lacks its token or token_file");
  }

  void SetToken(const Result<std::string>& text) {
    if (!text) return AddError(text.error().message);
    has_token_ = !text->empty();
    if (const Status checked = CheckToken(*text); !checked) {
      return AddError("token: the value " + checked.error().message);
    }
    server_.token = Secret(*text);
  }

  void ReadField(const std::string& key, const YamlNode& value) {
    if (key == "path_mappings") return ReadMappings(value);
    const auto text = TextOf(value);
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
      auto url = ParseServerUrl(*text);
      if (!url) return AddError("url: the value " + url.error().message);
      server_.url = *std::move(url);
    } else {
      AddError("unknown key " + EscapeUnprintable(key) +
               " (known are name, type, url, token, token_file and path_mappings)");
    }
  }

  void SetType(const std::string& text) {
    const auto type = ParseChoice(text, {kTypes.begin(), kTypes.end()});
    if (!type) return AddError("type: \"" + text + "\" " + type.error().message);
    server_.type = kTypes.at(*type);
  }

  void ReadMappings(const YamlNode& value) {
    const auto raw = RawOf(value, Shape::kMappings);
    if (!raw) return AddError("path_mappings " + raw.error().message);
    if (!*raw) return;
    if (const auto* mappings = std::get_if<std::vector<PathMapping>>(&**raw)) {
      const Status checked = CheckMappings(*mappings);
      if (!checked) return AddError("path_mappings " + checked.error().message);
      server_.path_mappings = *mappings;
    } else {
      auto parsed = ParseMappings(std::get<std::string>(**raw));
      if (!parsed) return AddError("path_mappings " + parsed.error().message);
      server_.path_mappings = *std::move(parsed);
    }
  }

  const YamlNode& node_;
  const std::string& yaml_name_;
  ConfigErrors& errors_;
  MediaServerSettings server_;
  std::string token_file_;
  bool has_token_ = false;
  bool good_ = true;
};

// Adds a server of the variables. A missing URL or token is not an error: it turns the server off.
void AddFromVariables(Values& values, std::string_view type, std::string_view url_variable,
                      const std::string& url, std::string_view token_variable, const Secret& token,
                      const std::vector<PathMapping>& mappings) {
  if (url.empty() && token.empty()) return;
  const std::string name(type);
  if (!url.empty() && !token.empty()) {
    values.media_servers.push_back({name, name, url, token, mappings});
    return;
  }
  const std::string set(url.empty() ? token_variable : url_variable);
  const std::string missing(url.empty() ? url_variable : token_variable);
  values.warnings.push_back(set + " is set and " + missing + " is not: " + name + " is left out");
}

// Appends the mappings of all servers to the server's own, which take precedence.
void AppendGeneralMappings(MediaServerSettings& server, const std::vector<PathMapping>& general) {
  for (const PathMapping& mapping : general) {
    const bool own =
        std::any_of(server.path_mappings.begin(), server.path_mappings.end(),
                    [&](const PathMapping& known) { return known.from == mapping.from; });
    if (!own) server.path_mappings.push_back(mapping);
  }
}

void AddFromList(Values& values, const YamlNode& list, const std::string& yaml_name,
                 ConfigErrors& errors) {
  const std::string label =
      yaml_name + ":" + std::to_string(list.line) + ": " + std::string(kMediaServersKey);
  if (list.kind == YamlNode::Kind::kNull) return;
  if (list.kind != YamlNode::Kind::kList) {
    errors.Add(label + " must be a list, not " + std::string(KindName(list.kind)));
    return;
  }
  if (list.items.size() > kMediaServersMax) {
    errors.Add(label + " has more than " + std::to_string(kMediaServersMax) + " entries");
    return;
  }
  for (const YamlNode& item : list.items) {
    auto server = ServerReader(item, yaml_name, errors).Read();
    if (!server) continue;
    const bool taken =
        std::any_of(values.media_servers.begin(), values.media_servers.end(),
                    [&](const auto& known) { return EqualsIgnoreCase(known.name, server->name); });
    if (taken) {
      errors.Add(yaml_name + ":" + std::to_string(item.line) + ": " +
                 std::string(kMediaServersKey) + ": two servers have the name " + server->name +
                 "; give each a unique name");
    }
    values.media_servers.push_back(*std::move(server));
  }
}

}  // namespace

void AddMediaServers(Values& values, const YamlNode* list, const std::string& yaml_name,
                     ConfigErrors& errors) {
  AddFromVariables(values, "plex", "PLEX_URL", values.plex_url, "PLEX_TOKEN", values.plex_token,
                   values.plex_path_mappings);
  AddFromVariables(values, "jellyfin", "JELLYFIN_URL", values.jellyfin_url, "JELLYFIN_API_KEY",
                   values.jellyfin_api_key, values.jellyfin_path_mappings);
  AddFromVariables(values, "emby", "EMBY_URL", values.emby_url, "EMBY_API_KEY", values.emby_api_key,
                   values.emby_path_mappings);
  if (list != nullptr) AddFromList(values, *list, yaml_name, errors);
  for (MediaServerSettings& server : values.media_servers) {
    AppendGeneralMappings(server, values.path_mappings);
  }
}

}  // namespace matinee::config
