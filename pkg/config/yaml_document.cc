#include "config/yaml_document.h"

#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

#include "base/strings.h"

namespace matinee::config {
namespace {

// Aborts the parser from a callback. ParseYaml catches it.
struct Refused final : std::exception {
  Refused(int at_line, std::string reason) : line(at_line), why(std::move(reason)) {}
  int line;
  std::string why;
};

int LineOf(const YAML::Mark& mark) {
  return mark.line + 1;
}

// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refused(LineOf(mark), "a second document (---) is not allowed");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Node(YamlNode::Kind::kNull, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(LineOf(mark), "aliases (*name) are not allowed");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = Node(YamlNode::Kind::kText, mark, tag, anchor);
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Node(YamlNode::Kind::kList, mark, tag, anchor));
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Node(YamlNode::Kind::kMap, mark, tag, anchor));
  }
  void OnMapEnd() override { Close(); }

  YamlNode TakeRoot() { return std::move(root_); }

 private:
  // A node that is not closed yet, and the key whose value comes next.
  struct OpenNode {
    YamlNode node;
    std::optional<std::string> key;
  };

  YamlNode Node(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor) {
    const int line = LineOf(mark);
    // The parser's tags of a plain and a quoted scalar are "?" and "!".
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refused(line, "tags (!name) are not allowed");
    }
    if (anchor != 0) throw Refused(line, "anchors (&name) are not allowed");
    if (++nodes_ > kYamlNodesMax) throw Refused(line, "too many entries");
    YamlNode node;
    node.kind = kind;
    node.line = line;
    return node;
  }

  void Open(YamlNode node) {
    if (open_.size() >= kYamlDepthMax) throw Refused(node.line, "nested too deeply");
    open_.push_back({std::move(node), std::nullopt});
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = KeyOf(parent.node, node);
    } else {
      parent.node.entries.push_back({*std::move(parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  static std::string KeyOf(const YamlNode& map, const YamlNode& key) {
    if (key.kind != YamlNode::Kind::kText) throw Refused(key.line, "a key must be a string");
    const bool known = std::any_of(map.entries.begin(), map.entries.end(),
                                   [&key](const auto& entry) { return entry.key == key.text; });
    if (known) throw Refused(key.line, "duplicate key " + EscapeUnprintable(key.text));
    return key.text;
  }

  int documents_ = 0;
  size_t nodes_ = 0;
  std::vector<OpenNode> open_;
  YamlNode root_;
};

tl::unexpected<Error> FailAt(int line, const std::string& why) {
  return Fail(Code::kInvalidArgument, "line " + std::to_string(line) + ": " + why);
}

}  // namespace

std::string_view KindName(YamlNode::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"nothing", "a string", "a list", "a mapping"};
  return kNames.at(static_cast<size_t>(kind));
}

Result<YamlNode> ParseYaml(std::string_view text) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.TakeRoot();
  } catch (const Refused& refused) {
    return FailAt(refused.line, refused.why);
  } catch (const YAML::Exception& error) {
    return FailAt(LineOf(error.mark), "this is not YAML: " + EscapeUnprintable(error.msg));
  } catch (const std::exception& error) {
    return Fail(Code::kInvalidArgument, std::string("this is not YAML: ") + error.what());
  }
}

}  // namespace matinee::config
