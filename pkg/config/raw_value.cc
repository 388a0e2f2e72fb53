#include "config/raw_value.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "config/value_parsers.h"

namespace matinee::config {
namespace {

Result<Entry> EntryOf(const YamlNode& node, const Shape& shape) {
  if (node.kind != YamlNode::Kind::kMap) {
    return Refuse("must be a list of mappings such as " + shape.example);
  }
  Entry entry;
  for (const auto& [key, value] : node.entries) {
    if (std::find(shape.keys.begin(), shape.keys.end(), key) == shape.keys.end()) {
      return Refuse("has a mapping with the unknown key " + EscapeUnprintable(key));
    }
    TRY_ASSIGN(entry[key], TextOf(value));
  }
  return entry;
}

Result<std::vector<std::string>> ItemsOf(const YamlNode& node) {
  std::vector<std::string> items;
  for (const YamlNode& item : node.items) {
    auto text = TextOf(item);
    if (!text) return Refuse("has an entry that " + text.error().message);
    items.push_back(*std::move(text));
  }
  return items;
}

Result<std::vector<Entry>> EntriesOf(const YamlNode& node, const Shape& shape) {
  std::vector<Entry> entries;
  for (const YamlNode& item : node.items) {
    TRY_ASSIGN(Entry entry, EntryOf(item, shape));
    entries.push_back(std::move(entry));
  }
  return entries;
}

template <typename List>
std::optional<Raw> UnlessEmpty(List list) {
  return list.empty() ? std::optional<Raw>() : std::optional<Raw>(std::move(list));
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

Result<std::optional<Raw>> RawOf(const YamlNode& node, const Shape& shape) {
  const bool is_list = node.kind == YamlNode::Kind::kList;
  if (is_list && node.items.size() > kListItemsMax) {
    return Refuse("has more than " + std::to_string(kListItemsMax) + " entries");
  }
  if (is_list && shape.kind == Shape::Kind::kList) {
    TRY_ASSIGN(auto items, ItemsOf(node));
    return UnlessEmpty(std::move(items));
  }
  if (is_list && shape.kind == Shape::Kind::kMappings) {
    TRY_ASSIGN(auto entries, EntriesOf(node, shape));
    return UnlessEmpty(std::move(entries));
  }
  TRY_ASSIGN(std::string text, TextOf(node));
  return UnlessEmpty(std::move(text));
}

const std::string& TextOf(const Raw& raw) {
  return std::get<std::string>(raw);
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
