#include "config/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace matinee::config {
namespace {

using testing::HasSubstr;

YamlNode Parsed(std::string_view text) {
  auto node = ParseYaml(text);
  EXPECT_TRUE(node) << node.error().message;
  return node ? *std::move(node) : YamlNode();
}

std::string ErrorOf(std::string_view text) {
  const auto node = ParseYaml(text);
  EXPECT_FALSE(node) << text;
  return node ? "" : node.error().message;
}

TEST(ParseYamlTest, ReturnsATreeWithLineNumbers) {
  const YamlNode root = Parsed("a: 1\nb:\n  - x\n  - {c: d}\n");
  ASSERT_EQ(root.kind, YamlNode::Kind::kMap);
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(root.entries[0].key, "a");
  EXPECT_EQ(root.entries[0].value.text, "1");
  EXPECT_EQ(root.entries[0].value.line, 1);
  const YamlNode& list = root.entries[1].value;
  ASSERT_EQ(list.kind, YamlNode::Kind::kList);
  EXPECT_EQ(list.items.at(0).text, "x");
  EXPECT_EQ(list.items.at(0).line, 3);
  EXPECT_EQ(list.items.at(1).entries.at(0).value.text, "d");
}

TEST(ParseYamlTest, KeepsEveryScalarAsWritten) {
  const YamlNode root = Parsed("{a: no, b: 0123, c: 1e3, d: 'null', e: null, f: ~, g: }");
  EXPECT_EQ(root.entries.at(0).value.text, "no");
  EXPECT_EQ(root.entries.at(1).value.text, "0123");
  EXPECT_EQ(root.entries.at(2).value.text, "1e3");
  EXPECT_EQ(root.entries.at(3).value.text, "null");
  for (size_t i = 4; i < 7; ++i) {
    EXPECT_EQ(root.entries.at(i).value.kind, YamlNode::Kind::kNull) << i;
  }
}

TEST(ParseYamlTest, AcceptsAnEmptyDocument) {
  for (const char* text : {"", "\n\n", "# a remark\n", "---\n", "~"}) {
    EXPECT_EQ(Parsed(text).kind, YamlNode::Kind::kNull) << text;
  }
}

TEST(ParseYamlTest, ReportsTheLineOfAnError) {
  EXPECT_THAT(ErrorOf("a: 1\nb: [1, 2\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(ErrorOf("a: 1\n\tb: 2\n"), HasSubstr("line 2"));
  EXPECT_THAT(ErrorOf("a: b: c\n"), HasSubstr("line 1"));
}

TEST(ParseYamlTest, RefusesDuplicateKeys) {
  EXPECT_EQ(ErrorOf("a: 1\nb: 2\na: 3\n"), "line 3: duplicate key a");
  EXPECT_THAT(ErrorOf("a: {b: 1, b: 2}"), HasSubstr("duplicate key b"));
}

TEST(ParseYamlTest, RefusesAnchorsTagsAndSecondDocuments) {
  EXPECT_THAT(ErrorOf("a: &x 1\nb: *x\n"), HasSubstr("anchors"));
  EXPECT_THAT(ErrorOf("a: !!binary aGVsbG8=\n"), HasSubstr("tags"));
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
  EXPECT_THAT(ErrorOf("{[a]: 1}"), HasSubstr("a key must be a string"));
  EXPECT_THAT(ErrorOf("? {a: b}\n: 1\n"), HasSubstr("a key must be a string"));
}

TEST(ParseYamlTest, RefusesExponentialExpansion) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("anchors"));
}

TEST(ParseYamlTest, LimitsDepthAndSize) {
  EXPECT_THAT(ErrorOf(std::string(kYamlDepthMax + 1, '[') + std::string(kYamlDepthMax + 1, ']')),
              HasSubstr("too deeply"));
  EXPECT_FALSE(ParseYaml(std::string(kYamlBytesMax, '[')));
  EXPECT_FALSE(ParseYaml(std::string(kYamlBytesMax, '{')));
  EXPECT_FALSE(ParseYaml(std::string(kYamlBytesMax, '-') + " x: ["));
  std::string many = "[";
  for (size_t i = 0; i < kYamlNodesMax; ++i) many += "a,";
  EXPECT_THAT(ErrorOf(many + "]"), HasSubstr("too many"));
}

TEST(ParseYamlTest, SurvivesInvalidBytes) {
  using std::string_literals::operator""s;
  for (const std::string& text :
       {"\0"s, "\xFF\xFE"s,
        "\xEF\xBB\xBF"
        "a: 1"s,
        "a: \xC3\x28"s, "\x00\x00\xFE\xFF"s, "a: \"\\xZZ\""s, "a: \"\\U00110000\""s}) {
    (void)ParseYaml(text);  // A tree or an error, but never an exception.
  }
  EXPECT_EQ(Parsed("\xEF\xBB\xBF"
                   "a: 1")
                .entries.at(0)
                .key,
            "a");
}

}  // namespace
}  // namespace matinee::config
