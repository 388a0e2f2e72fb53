#include "json/document.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/json/allocations.h"

namespace matinee::json {
namespace {

constexpr std::string_view kNames[] = {"id", "title", "year", "list", "item", "ok"};
constexpr Shape kShape = {.names = kNames};
constexpr size_t kMegabyte = size_t{1} << 20;

std::string Repeated(std::string_view part, size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  return text;
}

// "[{},{},…,{}]"
std::string ListOf(std::string_view element, size_t bytes) {
  return "[" + Repeated(std::string(element) + ",", bytes) + std::string(element) + "]";
}

std::string Reason(const Result<Document>& document) {
  return document ? "" : document.error().message;
}

TEST(DocumentTest, ReadsTheNamedFieldsByType) {
  const auto document = Parse(
      R"({"id":"\u0061\"","year":-12,"item":{"title":null,"ok":true,"year":1.5},"list":[1,[],{}]})",
      kShape);
  ASSERT_TRUE(document) << document.error().message;
  const Value root = document->root();
  EXPECT_TRUE(root.is_object());
  EXPECT_EQ(root["id"].string(), "a\"");
  EXPECT_EQ(root["id"].number(), std::nullopt);
  EXPECT_EQ(root["year"].integer(), -12);
  EXPECT_EQ(root["year"].number(), -12);
  EXPECT_TRUE(root["title"].is_missing());
  EXPECT_TRUE(root["title"]["title"].is_missing());
  EXPECT_TRUE(root["item"]["title"].is_null());
  EXPECT_FALSE(root["item"]["title"].is_missing());
  EXPECT_EQ(root["item"]["ok"].boolean(), true);
  EXPECT_EQ(root["item"]["year"].integer(), std::nullopt);
  EXPECT_EQ(root["item"]["year"].number(), 1.5);
  std::vector<std::string> names;
  for (const Value member : root) names.emplace_back(member.name());
  EXPECT_EQ(names, (std::vector<std::string>{"id", "year", "item", "list"}));
  int arrays = 0;
  for (const Value element : root["list"]) arrays += element.is_array() ? 1 : 0;
  EXPECT_EQ(arrays, 1);
  for (const Value none : root["year"]) ADD_FAILURE() << none.name();
}

TEST(DocumentTest, ReadsPastOtherFields) {
  const auto document =
      Parse(R"({"queue":[{"id":"x"}],"a":{"title":"y"},"\u0069d":"z","b":1e999})", kShape);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root()["id"].string(), "z");
  EXPECT_TRUE(document->root()["title"].is_missing());
}

TEST(DocumentTest, TakesTheLastOfEqualNames) {
  EXPECT_EQ(Parse(R"({"id":1,"id":{"id":3},"id":2})", kShape)->root()["id"].integer(), 2);
}

TEST(DocumentTest, ReadsNumbersOfEverySize) {
  const auto number = [](std::string_view text) {
    const auto document = Parse(text, kShape);
    return document ? document->root().number() : std::nullopt;
  };
  EXPECT_EQ(number("-9223372036854775808"), -9223372036854775808.0);
  EXPECT_EQ(Parse("9223372036854775808", kShape)->root().integer(), std::nullopt);
  EXPECT_EQ(number("9223372036854775808"), 9223372036854775808.0);
  EXPECT_EQ(number("-0"), 0);
  EXPECT_EQ(number("1e-999"), 0);
  EXPECT_EQ(number("1e999"), std::nullopt);
  EXPECT_EQ(number(std::string(400, '9')), std::nullopt);
}

TEST(DocumentTest, LeavesOutOrRefusesWhatIsNestedDeeper) {
  Shape shape = kShape;
  shape.depth_max = 2;
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const std::string text = R"({"list":[1,)" + deep + R"(,2],"id":3})";
  const auto document = Parse(text, shape);
  ASSERT_TRUE(document) << document.error().message;
  int elements = 0;
  for (const Value element : document->root()["list"]) elements += element.is_missing() ? 0 : 1;
  EXPECT_EQ(elements, 2);
  EXPECT_EQ(document->root()["id"].integer(), 3);
  shape.refuse_deeper = true;
  EXPECT_EQ(Reason(Parse(text, shape)), "is nested too deeply");
  EXPECT_EQ(Reason(Parse(R"({"id":3,"other":)" + deep + "}", shape)), "");
}

TEST(DocumentTest, RefusesMoreThanTheBounds) {
  Shape shape = kShape;
  shape.values_max = 4;
  EXPECT_TRUE(Parse("[1,2,3]", shape));
  EXPECT_EQ(Reason(Parse("[1,2,3,4]", shape)), "has too many values");
  shape.string_bytes_max = 4;
  EXPECT_TRUE(Parse(R"(["ab","c\n"])", shape));
  EXPECT_EQ(Reason(Parse(R"(["ab","cde"])", shape)), "has too much text");
  EXPECT_EQ(Reason(Parse("\"" + std::string(1000, 'a') + "\"", shape)), "has too much text");
  for (const char* text : {"", "[1", "[1] 2", "{\"id\":}", "{\"other\":[}"}) {
    EXPECT_EQ(Reason(Parse(text, shape)), "is not JSON") << text;
    EXPECT_EQ(Parse(text, shape).error().code, Code::kMalformed);
  }
}

struct Seen {
  size_t elements = 0;
  bool found = false;
  bool stopped = false;
  size_t bytes_read = 0;
  bool failed = false;
};

Seen Visit(std::string_view text, const ListAt& list, size_t elements_max = SIZE_MAX) {
  Seen seen;
  const auto end =
      ForEach(text, list, kShape, [&](Value) { return ++seen.elements < elements_max; });
  seen.failed = !end;
  if (end) {
    seen.found = end->found;
    seen.stopped = end->stopped;
    seen.bytes_read = end->bytes_read;
  }
  return seen;
}

TEST(ForEachTest, FindsTheList) {
  const ListAt member = {.root = false, .member = "Items"};
  const ListAt both = {.root = true, .member = "Items"};
  EXPECT_EQ(Visit("[1,{},[2]]", {}).elements, 3U);
  EXPECT_EQ(Visit(R"({"x":[1],"Items":[{},{}],"y":{"Items":[1]}})", member).elements, 2U);
  EXPECT_EQ(Visit("[1]", both).elements, 1U);
  EXPECT_EQ(Visit(R"({"Items":[1]})", both).elements, 1U);
  EXPECT_TRUE(Visit("[]", {}).found);
  for (const char* text : {"{}", "5", "null", R"({"Items":{}})", R"({"x":[]})"}) {
    EXPECT_FALSE(Visit(text, both).found || Visit(text, both).failed) << text;
  }
  EXPECT_FALSE(Visit("[1]", member).found);
  EXPECT_FALSE(Visit(R"({"Items":[1]})", {}).found);
  for (const char* text : {"", "[1", "[1,]", "[1] 2", R"({"Items":[1]x)", R"({"Items":[1],})"}) {
    EXPECT_TRUE(Visit(text, both).failed) << text;
  }
}

TEST(ForEachTest, ReadsNothingAfterTheVisitorHasStopped) {
  const std::string text = ListOf(R"({"id":1})", kMegabyte) + " is not JSON";
  const Seen seen = Visit(text, {}, 200);
  EXPECT_TRUE(seen.stopped && !seen.failed);
  EXPECT_EQ(seen.elements, 200U);
  EXPECT_EQ(seen.bytes_read, 200 * std::string_view(R"({"id":1},)").size());
}

TEST(ForEachTest, BoundsEachElementAlone) {
  EXPECT_EQ(Visit(ListOf(R"(["a","b","c"])", kMegabyte), {}).failed, false);
  EXPECT_EQ(Visit("[[" + Repeated("1,", 2 * kShape.values_max) + "1]]", {}).failed, true);
}

// Memory is the measure of work that does not depend on the machine: each byte of the text is
// looked at once, and nothing grows with it but one bit for each level.
TEST(ForEachTest, NeedsNoMoreMemoryForMoreText) {
  for (const std::string& text : {
           ListOf("{}", 16 * kMegabyte),
           ListOf("[]", 16 * kMegabyte),
           ListOf("1234567.25", 16 * kMegabyte),
           ListOf(R"({"id":"a","other":"b"})", 16 * kMegabyte),
           R"([{"other":)" + ListOf("{}", 16 * kMegabyte) + "}]",
           R"([{"list":[)" + Repeated("1,", 16 * kMegabyte) + "1]}]",
           R"([{"id":")" + std::string(16 * kMegabyte, 'a') + R"("}])",
           R"([{")" + std::string(16 * kMegabyte, 'a') + R"(":1}])",
           "[" + std::string(16 * kMegabyte, '1') + "]",
           std::string(16 * kMegabyte, '['),
           std::string(16 * kMegabyte, ' '),
       }) {
    const size_t before = AllocatedBytes();
    const Seen seen = Visit(text, {});
    EXPECT_LE(AllocatedBytes() - before, 5 * kMegabyte) << text.substr(0, 20);
    EXPECT_TRUE(seen.failed || seen.bytes_read == text.size()) << text.substr(0, 20);
  }
}

// The library that writes our JSON parses it too, at a cost that grows faster than the text.
TEST(JsonTest, IsParsedHereAndNowhereElse) {
  const std::filesystem::path root = MATINEE_SOURCE_DIR;
  size_t files = 0;
  for (const char* folder : {"pkg", "cmd"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() ||
          entry.path().string().find("/pkg/json/") != std::string::npos) {
        continue;
      }
      std::stringstream source;
      source << std::ifstream(entry.path()).rdbuf();
      ++files;
      for (const char* call : {"son::parse(", "son::accept(", "::sax_parse(", "son::from_"}) {
        EXPECT_EQ(source.str().find(call), std::string::npos) << entry.path() << " has " << call;
      }
    }
  }
  EXPECT_GT(files, 100U);
}

}  // namespace
}  // namespace matinee::json
