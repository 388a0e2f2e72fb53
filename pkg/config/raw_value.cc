#include "config/raw_value.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "config/value_parsers.h"

namespace matinee::config {
namespace {

tl::unexpected<Error> Refuse(std::string why) {
  return Fail(Code::kInvalidArgument, std::move(why));
}

Result<PathMapping> MappingOf(const YamlNode& node) {
  PathMapping mapping;
  for (const auto& [key, value] : node.entries) {
    if (key != "from" && key != "to") {
      return Refuse("has a mapping with the unknown key " + EscapeUnprintable(key));
    }
    TRY_ASSIGN(std::string text, TextOf(value));
    (key == "from" ? mapping.from : mapping.to) = key == "from" ? text : TrimPath(text);
  }
  return mapping;
}

}  // namespace

Result<std::string> TextOf(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return std::string();
  if (node.kind != YamlNode::Kind::kText) {
    return Refuse("must be a string, not " + std::string(KindName(node.kind)));
  }
  TRY(CheckText(node.text));
  return node.text;
}

Result<std::optional<Raw>> RawOf(const YamlNode& node, Shape shape) {
  if (node.kind == YamlNode::Kind::kList && node.items.size() > kListItemsMax) {
    return Refuse("has more than " + std::to_string(kListItemsMax) + " entries");
  }
  if (node.kind == YamlNode::Kind::kList && shape == Shape::kList) {
    std::vector<std::string> items;
    for (const YamlNode& item : node.items) {
      auto text = TextOf(item);
      if (!text) return Refuse("has an entry that " + text.error().message);
      items.push_back(*std::move(text));
    }
    return items.empty() ? std::optional<Raw>() : std::optional<Raw>(std::move(items));
  }
  if (node.kind == YamlNode::Kind::kList && shape == Shape::kMappings) {
    std::vector<PathMapping> mappings;
    for (const YamlNode& item : node.items) {
      if (item.kind != YamlNode::Kind::kMap) {
        return Refuse("must be a list of mappings such as {from: /data, to: /media}");
      }
      TRY_ASSIGN(PathMapping mapping, MappingOf(item));
      mappings.push_back(std::move(mapping));
    }
    return mappings.empty() ? std::optional<Raw>() : std::optional<Raw>(std::move(mappings));
  }
  TRY_ASSIGN(std::string text, TextOf(node));
  return text.empty() ? std::optional<Raw>() : std::optional<Raw>(std::move(text));
}

Result<std::string> ReadSecretFile(const std::string& path) {
  std::error_code error;
  // Refuses pipes and devices, whose reading could block or never end.
  if (const auto status = std::filesystem::status(path, error);
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return Refuse(EscapeUnprintable(path) + " is not a file");
  }
  TRY_ASSIGN(const std::string content, ReadFile(path, kSecretFileBytesMax));
  const std::string_view text = Trim(content);
  if (text.empty()) return Refuse(EscapeUnprintable(path) + " is empty");
  return std::string(text);
}

}  // namespace matinee::config
