// Request bodies, valid and hostile.
#include "api/request_parser.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using capture::ClipRequest;
using capture::ScreenshotRequest;

TEST(ParseScreenshotRequestTest, RequiresOnlyASession) {
  const auto request = ParseScreenshotRequest(R"({"session_id": "plex-abc123"})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->session_id, "plex-abc123");
  EXPECT_EQ(request->offset_seconds, 0);
  EXPECT_EQ(request->at, std::nullopt);
  EXPECT_EQ(request->idempotency_key, "");
}

TEST(ParseScreenshotRequestTest, ReadsOffsetAndTime) {
  const auto request = ParseScreenshotRequest(
      R"({"at": "2026-02-18T13:00:00.250+01:00", "offset_seconds": -5.5, "session_id": "jf-1"})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->offset_seconds, -5.5);
  EXPECT_EQ(request->at, ParseTime("2026-02-18T12:00:00.250Z").value());
}

TEST(ParseScreenshotRequestTest, AcceptsNullForOptionalFields) {
  const auto request =
      ParseScreenshotRequest(R"({"session_id": "jf-1", "offset_seconds": null, "at": null})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->offset_seconds, 0);
  EXPECT_EQ(request->at, std::nullopt);
}

TEST(ParseClipRequestTest, ReadsTheLastSecondsOrASpan) {
  const auto last = ParseClipRequest(
      R"({"session_id": "plex-abc123", "relative_seconds": -30, "precise": false})");
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(last->relative_seconds, -30);
  EXPECT_EQ(last->start_seconds, std::nullopt);
  EXPECT_FALSE(last->precise);
  const auto span = ParseClipRequest(
      R"({"session_id": "plex-abc123", "start_seconds": 100, "end_seconds": 130.5, "precise": true,
          "offset_seconds": 1, "at": "2026-02-18T12:00:00Z"})");
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(span->relative_seconds, std::nullopt);
  EXPECT_EQ(span->start_seconds, 100);
  EXPECT_EQ(span->end_seconds, 130.5);
  EXPECT_TRUE(span->precise);
  EXPECT_EQ(span->offset_seconds, 1);
  EXPECT_TRUE(span->at);
}

TEST(ParseClipRequestTest, AcceptsEveryFormOfNumber) {
  const auto request = ParseClipRequest(
      R"({"session_id": "a", "start_seconds": -0, "end_seconds": 18446744073709551616,
          "offset_seconds": 1.5e2})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->start_seconds, 0);
  EXPECT_EQ(request->end_seconds, 18446744073709551616.0);
  EXPECT_EQ(request->offset_seconds, 150);
}

struct Hostile {
  std::string body;
  Code code;
  std::string why;  // A part of the message.
};

std::ostream& operator<<(std::ostream& out, const Hostile& hostile) {
  return out << EscapeUnprintable(hostile.body.substr(0, 100));
}

std::vector<Hostile> InvalidJson() {
  const std::string deep_array(30000, '[');
  std::string deep_object;
  for (int i = 0; i < 10000; ++i) deep_object += R"({"a":)";
  std::vector<Hostile> all;
  for (const std::string& body : {std::string(),
                                  std::string(" "),
                                  std::string("{"),
                                  std::string("}"),
                                  std::string("null x"),
                                  std::string(R"({"session_id": "a",})"),
                                  std::string(R"({"session_id": "a"} {})"),
                                  std::string(R"({"session_id": })"),
                                  std::string(R"({session_id: "a"})"),
                                  std::string(R"({'session_id': 'a'})"),
                                  std::string(R"({"session_id": "a)"),
                                  std::string("{\"session_id\": \"\xFF\"}"),
                                  std::string("{\"session_id\": \"\xC0\xAF\"}"),
                                  std::string("{\"session_id\": \"a\nb\"}"),
                                  std::string("\0", 1),
                                  std::string("{\"session_id\": \"a\"}\0", 20),
                                  std::string("session_id=a"),
                                  std::string(R"({"session_id": "a", "offset_seconds": NaN})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": Infinity})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": 1e999})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": -1e999})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": 0x10})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": +5})"),
                                  std::string(R"({"session_id": "a", "offset_seconds": 05})"),
                                  std::string(R"({"session_id": "a", "at": [[[[[[1]]]]]]})"),
                                  deep_array,
                                  deep_array + std::string(30000, ']'),
                                  deep_object,
                                  std::string(60000, ' '),
                                  std::string(60000, '"'),
                                  std::string("<xml/>")}) {
    all.push_back({body, Code::kMalformed, "is not JSON"});
  }
  for (const char* body : {"null", "true", "1", "\"plex-1\"", "[]", R"([{"session_id": "a"}])"}) {
    all.push_back({body, Code::kMalformed, "must be a JSON object"});
  }
  for (const char* body :
       {R"({"session_id": "a", "session_id": "b"})", R"({"session_id": "a", "session_id": "a"})",
        R"({"session_id": "a", "\u0073ession_id": "a"})",
        R"({"session_id": "a", "offset_seconds": 1, "offset_seconds": 2})"}) {
    all.push_back({body, Code::kMalformed, "duplicate field"});
  }
  return all;
}

std::vector<Hostile> WrongSessionIds() {
  std::vector<Hostile> all = {{"{}", Code::kInvalidArgument, "session_id is missing"}};
  for (const char* value : {"1", "null", "true", "[]", "{}", "[\"plex-1\"]"}) {
    all.push_back({R"({"session_id": )" + std::string(value) + "}", Code::kInvalidArgument,
                   "session_id must be a string"});
  }
  for (const std::string& value :
       {std::string(), std::string(" "), std::string("plex 1"), std::string("plex-1\\n"),
        std::string("plex-1\\r\\nX: y"), std::string("\\u0000"), std::string("plex-\\u0000"),
        std::string("Amélie"), std::string("\\ud83c\\udfac"), std::string(257, 'x')}) {
    all.push_back(
        {R"({"session_id": ")" + value + "\"}", Code::kInvalidArgument, "session_id is not an id"});
  }
  return all;
}

std::vector<Hostile> WrongFields() {
  std::vector<Hostile> all;
  const auto add = [&all](const std::string& field, const std::string& value,
                          const std::string& why) {
    all.push_back(
        {R"({"session_id": "a", ")" + field + "\": " + value + "}", Code::kInvalidArgument, why});
  };
  for (const char* value : {"\"5\"", "true", "[]", "{}", "\"\"", "\"NaN\""}) {
    add("offset_seconds", value, "offset_seconds must be a number");
  }
  for (const char* value : {"1771416000", "true", "[]", "{}"}) {
    add("at", value, "at must be a string with a time");
  }
  for (const char* value :
       {"\"\"", "\"now\"", "\"yesterday\"", "\"1771416000\"", "\"2026-02-18\"",
        "\"2026-02-18T12:00:00\"", "\"2026-13-18T12:00:00Z\"", "\"2026-02-30T12:00:00Z\"",
        "\"2026-02-18T25:00:00Z\"", "\"2026-02-18T12:00:00Z \"", "\"1969-12-31T23:59:59Z\"",
        "\"99999-01-01T00:00:00Z\"", "\"2026-02-18T12:00:00+99:00\"", "\"2026-02-18T12:00:00.Z\"",
        "\"-2026-02-18T12:00:00Z\""}) {
    add("at", value, "at is not a time");
  }
  return all;
}

class HostileBodyTest : public testing::TestWithParam<Hostile> {};

INSTANTIATE_TEST_SUITE_P(InvalidJson, HostileBodyTest, testing::ValuesIn(InvalidJson()));
INSTANTIATE_TEST_SUITE_P(WrongSessionIds, HostileBodyTest, testing::ValuesIn(WrongSessionIds()));
INSTANTIATE_TEST_SUITE_P(WrongFields, HostileBodyTest, testing::ValuesIn(WrongFields()));

template <typename Request>
void ExpectRefusal(const Result<Request>& request, const Hostile& hostile) {
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, hostile.code) << request.error().message;
  EXPECT_NE(request.error().message.find(hostile.why), std::string::npos)
      << request.error().message;
  EXPECT_EQ(EscapeUnprintable(request.error().message), request.error().message);
}

TEST_P(HostileBodyTest, IsRefusedAsAScreenshot) {
  ExpectRefusal(ParseScreenshotRequest(GetParam().body), GetParam());
}

TEST_P(HostileBodyTest, IsRefusedAsAClip) {
  ExpectRefusal(ParseClipRequest(GetParam().body), GetParam());
}

TEST(ParseClipRequestTest, NamesTheInvalidField) {
  for (const std::string field : {"relative_seconds", "start_seconds", "end_seconds"}) {
    for (const std::string value : {"\"30\"", "true", "[30]", "{}"}) {
      ExpectRefusal(ParseClipRequest(R"({"session_id": "a", ")" + field + "\": " + value + "}"),
                    {"", Code::kInvalidArgument, field + " must be a number"});
    }
  }
  for (const std::string value : {"0", "1", "\"true\"", "[]", "{}"}) {
    ExpectRefusal(ParseClipRequest(R"({"session_id": "a", "precise": )" + value + "}"),
                  {"", Code::kInvalidArgument, "precise must be true or false"});
  }
}

TEST(ParseScreenshotRequestTest, IgnoresUnknownFields) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& field :
       {std::string(R"("start_seconds": "x")"), std::string(R"("offset": 5)"),
        std::string(R"("__proto__": {"session_id": "b"})"), std::string(R"("": 1, "": 2)"),
        std::string(R"("\r\nX-Evil: 1": 1e999)"), R"("deep": )" + deep,
        "\"" + std::string(5000, 'x') + "\": null"}) {
    const auto request =
        ParseScreenshotRequest("{" + field + R"(, "session_id": "a", "offset_seconds": 2})");
    ASSERT_TRUE(request) << request.error().message << ": " << field.substr(0, 40);
    EXPECT_EQ(request->session_id, "a");
    EXPECT_EQ(request->offset_seconds, 2);
  }
}

TEST(ParseEmptyBodyTest, AcceptsNothingOrAnObject) {
  for (const char* body : {"", " ", "\r\n", "{}", " { } ", R"({"force": true})"}) {
    EXPECT_TRUE(ParseEmptyBody(body)) << '"' << body << '"';
  }
  for (const char* body : {"[]", "null", "{", "x"}) {
    EXPECT_EQ(ParseEmptyBody(body).error().code, Code::kMalformed) << body;
  }
}

}  // namespace
}  // namespace matinee::api
