// A YAML file as a small tree with line numbers. Internal to this package; the only user of
// yaml-cpp.
//
// Only what settings need: one document of mappings, lists and texts. Aliases (with which a few
// lines can stand for billions), tags, more than one document and keys that come twice are refused,
// and depth and size are bounded. All scalars are texts: `no` and 0123 stay what was written.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::config {

constexpr size_t kYamlDepthMax = 8;     // Ours need four.
constexpr size_t kYamlNodesMax = 4096;  // Ours have a few dozen.

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;                    // From 1.
  std::string text;                // kText
  std::vector<YamlNode> items;     // kList
  std::vector<YamlEntry> entries;  // kMap, in the file's order.
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

// "nothing", "a text", "a list" or "a mapping".
std::string_view KindName(YamlNode::Kind kind);

// The tree of `text`; an empty document is kNull. Fails with kInvalidArgument and "line 3: …".
Result<YamlNode> ParseYaml(std::string_view text);

}  // namespace matinee::config
