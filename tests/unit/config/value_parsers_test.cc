#include "config/value_parsers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "config/yaml_document.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;

// Returns the value, or "refused".
std::string Or(const Result<std::string>& result) {
  return result ? *result : "refused";
}

TEST(ParseDurationTest, RequiresAUnit) {
  const auto parse = [](std::string_view text) {
    const auto duration = ParseDuration(text, milliseconds(0), milliseconds(7200000));
    return duration ? duration->count() : -1;
  };
  EXPECT_EQ(parse("500ms"), 500);
  EXPECT_EQ(parse("2s"), 2000);
  EXPECT_EQ(parse("0.25s"), 250);
  EXPECT_EQ(parse("1.5m"), 90000);
  EXPECT_EQ(parse("2h"), 7200000);
  EXPECT_EQ(parse("2S"), 2000);
  for (const char* text : {"", "2", "s", "2 s", "-2s", "2sec", "1e3ms", "nan", "1..5s", "3h",
                           "99999999999999999999999h"}) {
    EXPECT_EQ(parse(text), -1) << text;
  }
}

TEST(FormatDurationTest, RoundTrips) {
  for (const char* text : {"0s", "500ms", "2s", "90s", "1m", "1500ms", "120m"}) {
    const auto duration = ParseDuration(text, milliseconds(0), milliseconds(7200000));
    ASSERT_TRUE(duration) << text;
    const auto again =
        ParseDuration(FormatDuration(*duration), milliseconds(0), milliseconds(7200000));
    EXPECT_EQ(again.value(), *duration) << text;
  }
  EXPECT_EQ(FormatDuration(milliseconds(60000)), "1m");
  EXPECT_EQ(FormatDuration(milliseconds(1500)), "1500ms");
}

TEST(ParseBytesTest, CountsInPowersOf1024) {
  const auto parse = [](std::string_view text) { return ParseBytes(text).value_or(-1); };
  EXPECT_EQ(parse("0"), 0);
  EXPECT_EQ(parse("123"), 123);
  EXPECT_EQ(parse("1K"), 1024);
  EXPECT_EQ(parse("512m"), 536870912);
  EXPECT_EQ(parse("1GB"), 1073741824);
  EXPECT_EQ(parse("1GiB"), 1073741824);
  EXPECT_EQ(parse("2T"), int64_t{2} << 40);
  EXPECT_EQ(parse("7B"), 7);
  EXPECT_EQ(parse("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const char* text : {"", "M", "1.5G", "-1", "1X", "1 G", "9223372036854775808", "8388608T",
                           "1iB", "1BB", "0x10"}) {
    EXPECT_EQ(parse(text), -1) << text;
  }
}

TEST(ParseAddressTest, AcceptsIpAddressesAndLocalhost) {
  for (const char* text : {"0.0.0.0", "127.0.0.1", "::", "fd00::1", "localhost"}) {
    EXPECT_EQ(Or(ParseAddress(text)), text);
  }
  EXPECT_EQ(Or(ParseAddress("[::1]")), "::1");
  for (const char* text :
       {"", "nas", "1.2.3", "1.2.3.4:80", "256.1.1.1", "::g", "[]", "*", "127.0.0.1;"}) {
    EXPECT_EQ(Or(ParseAddress(text)), "refused") << text;
  }
}

TEST(ParseHostNameTest, ReturnsLowerCaseAndRefusesPorts) {
  EXPECT_EQ(Or(ParseHostName("TV.Example.org")), "tv.example.org");
  EXPECT_EQ(Or(ParseHostName("192.168.1.2")), "192.168.1.2");
  EXPECT_EQ(Or(ParseHostName("FD00::1")), "[fd00::1]");
  EXPECT_EQ(Or(ParseHostName("[fd00::1]")), "[fd00::1]");
  for (const char* text : {"", "a:80", "a b", "a/b", ".a", "-a", "a..b", "*.example.org", "a\"b"}) {
    EXPECT_EQ(Or(ParseHostName(text)), "refused") << text;
  }
}

TEST(ParseHostPortTest, AcceptsNamesAndAddressesWithAPort) {
  const auto parse = [](std::string_view text) {
    const auto parsed = ParseHostPort(text);
    return parsed ? ToString(*parsed) : "refused";
  };
  for (const char* text : {"127.0.0.1:8780", "api:1", "[::1]:8780", "[fd00::1]:65535",
                           "matinee-api.media.svc.cluster.local:8780", "my_api:80"}) {
    EXPECT_EQ(parse(text), text);
  }
  EXPECT_EQ(parse("API:8780"), "api:8780");
  EXPECT_EQ(ParseHostPort("[::1]:8780").value(), (HostPort{"::1", 8780}));
  for (const char* text :
       {"",          "api",           ":8780",        "api:",         "api:0",
        "api:65536", "api:x",         "api: 80",      "api:-1",       "api:80:80",
        "::1:8780",  "[::1]",         "[::1:8780",    "[]:80",        "[api]:80",
        "[::1]x:80", "http://api:80", "a b:80",       "api;:80",      "api:80;",
        "$api:80",   "1.2.3:80",      "256.1.1.1:80", "1.2.3.4.5:80", "[127.0.0.1]:80"}) {
    EXPECT_EQ(parse(text), "refused") << text;
  }
}

TEST(ParseServerUrlTest, AcceptsSchemeHostPortAndPath) {
  EXPECT_EQ(Or(ParseServerUrl("http://nas:32400")), "http://nas:32400");
  EXPECT_EQ(Or(ParseServerUrl("HTTPS://Plex.example.org/")), "https://Plex.example.org");
  EXPECT_EQ(Or(ParseServerUrl("http://172.17.0.1:8096/jellyfin/")),
            "http://172.17.0.1:8096/jellyfin");
  EXPECT_EQ(Or(ParseServerUrl("http://[fd00::1]:8096")), "http://[fd00::1]:8096");
  EXPECT_EQ(Or(ParseServerUrl("http://[fd00::1]")), "http://[fd00::1]");
  EXPECT_EQ(Or(ParseServerUrl("http://my_plex:1")), "http://my_plex:1");
  for (const char* text : {"",
                           "nas:32400",
                           "ftp://nas",
                           "http://",
                           "http:///x",
                           "http://:80",
                           "http://nas:",
                           "http://nas:0",
                           "http://nas:99999",
                           "http://nas:8x",
                           "http://u@nas",
                           "http://u:p@nas",
                           "http://nas?x",
                           "http://nas/#x",
                           "http://nas /",
                           "http://nas/a b",
                           "http://nas\\x",
                           "http://nas/..",
                           "http://nas/a/../b",
                           "http://nas//x",
                           "http://[fd00::g]",
                           "http://[]",
                           "http://nas/\"",
                           "file:///etc/passwd",
                           "http://nas/a\nb",
                           "http://ä.de"}) {
    EXPECT_EQ(Or(ParseServerUrl(text)), "refused") << text;
  }
}

TEST(CheckTokenTest, AcceptsOneWordOfVisibleAscii) {
  EXPECT_TRUE(CheckToken("aB3-_.~+/=xyz"));
  EXPECT_FALSE(CheckToken("a b"));
  EXPECT_FALSE(CheckToken("a\r\nX: y"));
  EXPECT_FALSE(CheckToken("a\"b")) << "it stands in quotes in Jellyfin's header";
  EXPECT_FALSE(CheckToken("é"));
  EXPECT_FALSE(CheckToken(std::string(2000, 'a')));
}

TEST(ParseChoiceTest, IgnoresCase) {
  EXPECT_EQ(ParseChoice("JSON", {"text", "json"}).value(), 1U);
  EXPECT_FALSE(ParseChoice("jso", {"text", "json"}));
  EXPECT_FALSE(ParseChoice("", {"text", "json"}));
}

TEST(YamlScalarTest, ParsesAsTheSameText) {
  for (const std::string text :
       {"",        "plain",       "/path/x", "-dash", "null",      "~",    "a: b", "# x",
        "it's",    "a \"b\" \\c", "***",     "[x]",   "{x: y}",    "8787", "no",   "http://nas:1",
        " blank ", "Amélie 千",   "%x",      "@x",    "`x`",       "&a",   "*a",   "!x",
        "|",       ">",           "?",       "a #b",  "D:\\Films", "Null"}) {
    const auto yaml = ParseYaml("key: " + YamlScalar(text) + "\n");
    ASSERT_TRUE(yaml) << text << ": " << yaml.error().message;
    const YamlNode& node = yaml->entries.at(0).value;
    EXPECT_EQ(node.kind, YamlNode::Kind::kText) << text;
    EXPECT_EQ(node.text, text);
  }
}

}  // namespace
}  // namespace matinee::config
