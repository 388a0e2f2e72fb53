// Parses YAML into a small tree with line numbers. Internal to this package; the only user of
// yaml-cpp.
//
// Supports what settings need: one document of mappings, lists and strings. Aliases (with which a
// few lines can expand to billions), tags, more than one document and duplicate keys are refused,
// and depth and size are bounded. All scalars are strings: `no` and 0123 stay as written.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace matinee::config {

constexpr size_t kYamlDepthMax = 8;     // The settings need four.
constexpr size_t kYamlNodesMax = 4096;  // The settings need a few dozen.

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

// Returns "nothing", "a string", "a list" or "a mapping".
std::string_view KindName(YamlNode::Kind kind);

// Returns the tree of `text`; kNull for an empty document. Fails with kInvalidArgument and
// "line 3: …".
Result<YamlNode> ParseYaml(std::string_view text);

}  // namespace matinee::config
