#include "telemetry/otlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace matinee {
namespace {

using testing::HasSubstr;
using testing::Not;

OtlpSpan ASpan(const OtlpEncoder& encoder) {
  OtlpSpan span;
  span.ids = *ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  span.parent = SpanId{1, 2, 3, 4, 5, 6, 7, 8};
  span.parent_is_remote = true;
  span.name = "GET /api";
  span.kind = 2;
  span.start_unix_nanos = 1'700'000'000'000'000'001;
  span.end_unix_nanos = 1'700'000'000'000'000'002;
  encoder.AppendAttribute(span.attributes, "text", std::string_view("a\"b"));
  encoder.AppendAttribute(span.attributes, "number", int64_t{-5});
  encoder.AppendAttribute(span.attributes, "real", 0.5);
  encoder.AppendAttribute(span.attributes, "flag", true);
  return span;
}

std::string Encode(const OtlpEncoder& encoder, const std::vector<OtlpSpan>& spans) {
  std::vector<const OtlpSpan*> pointers;
  for (const OtlpSpan& span : spans) pointers.push_back(&span);
  return encoder.Request({{"service.name", "matinee"}}, "scope", pointers);
}

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(OtlpJsonTest, ASpanIsWrittenAsTheSpecificationSays) {
  EXPECT_EQ(
      Encode(JsonEncoder(), {ASpan(JsonEncoder())}),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"matinee"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"scope"},"spans":[{)"
      R"("traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",)"
      R"("parentSpanId":"0102030405060708","name":"GET /api","kind":2,)"
      R"("startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002","attributes":[)"
      R"({"key":"text","value":{"stringValue":"a\"b"}},{"key":"number","value":{"intValue":"-5"}},)"
      R"({"key":"real","value":{"doubleValue":0.5}},{"key":"flag","value":{"boolValue":true}}],"flags":769}]}]}]})");
}

TEST(OtlpJsonTest, NumbersThatJsonLacksAreStrings) {
  std::string out;
  JsonEncoder().AppendAttribute(out, "a", std::numeric_limits<double>::infinity());
  JsonEncoder().AppendAttribute(out, "b", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(
      out,
      R"({"key":"a","value":{"doubleValue":"Infinity"}},{"key":"b","value":{"doubleValue":"NaN"}})");
}

TEST(OtlpJsonTest, AFailureALinkAndAVendorsStateAreWritten) {
  OtlpSpan span = ASpan(JsonEncoder());
  span.failed = true;
  span.failure = "no";
  span.tracestate = "a=1";
  JsonEncoder().AppendLink(span.links, span.ids, "b=2");
  const std::string request = Encode(JsonEncoder(), {span, span});
  EXPECT_THAT(request, HasSubstr(R"("status":{"code":2,"message":"no"})"));
  EXPECT_THAT(request, HasSubstr(R"("traceState":"a=1")"));
  EXPECT_THAT(request, HasSubstr(R"("links":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736",)"
                                 R"("spanId":"00f067aa0ba902b7","traceState":"b=2","flags":1}])"));
  EXPECT_THAT(request, HasSubstr("},{\"traceId\""));
}

// Encoded by hand from trace.proto.
TEST(OtlpProtobufTest, ASpanIsWrittenAsTheSpecificationSays) {
  OtlpSpan span;
  span.ids = *ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  span.name = "n";
  span.kind = 3;
  span.start_unix_nanos = 1;
  span.end_unix_nanos = 0x0102;
  ProtobufEncoder().AppendAttribute(span.attributes, "k", int64_t{300});
  span.failed = true;
  const std::string bytes = FromHex(
      "0a10"
      "4bf92f3577b34da6a3ce929d0e0e4736"  // trace_id
      "1208"
      "00f067aa0ba902b7"  // span_id
      "2a01"
      "6e"    // name
      "3003"  // kind
      "39"
      "0100000000000000"  // start_time_unix_nano
      "41"
      "0201000000000000"  // end_time_unix_nano
      "4a08"
      "0a016b"
      "1203"
      "18ac02"  // attributes: "k", 300
      "7a02"
      "1802"            // status: error
      "850101010000");  // flags: sampled, parent known to be local
  const std::string resource = FromHex(
      "0a19"
      "0a0c"
      "736572766963652e6e616d65"
      "1209"
      "0a07"
      "6d6174696e6565");
  const auto message = [](std::string head, const std::string& body) {
    return FromHex(head) + static_cast<char>(body.size()) + body;
  };
  const std::string scope_spans = message("0a", FromHex("0a05") + "scope") + message("12", bytes);
  ASSERT_LT(scope_spans.size(), 128U);
  const std::string expected = message("0a", message("0a", resource) + message("12", scope_spans));
  EXPECT_EQ(Encode(ProtobufEncoder(), {span}), expected);
}

TEST(OtlpProtobufTest, ANegativeNumberTakesTenBytes) {
  std::string out;
  ProtobufEncoder().AppendAttribute(out, "k", int64_t{-1});
  EXPECT_EQ(out, FromHex("4a10"
                         "0a016b"
                         "120b"
                         "18ffffffffffffffffff01"));
}

TEST(OtlpProtobufTest, RealsAndFlagsHaveTheirOwnFields) {
  std::string out;
  ProtobufEncoder().AppendAttribute(out, "k", 1.0);
  ProtobufEncoder().AppendAttribute(out, "k", false);
  EXPECT_EQ(out, FromHex("4a0e"
                         "0a016b"
                         "1209"
                         "21000000000000f03f"
                         "4a07"
                         "0a016b"
                         "1202"
                         "1000"));
}

TEST(OtlpTest, TextsAreMadeUtf8AndTruncated) {
  for (const OtlpEncoder* encoder : {&ProtobufEncoder(), &JsonEncoder()}) {
    std::string out;
    encoder->AppendAttribute(out, "k", std::string_view("a\xff z"));
    EXPECT_THAT(out, HasSubstr("xFF z")) << encoder->content_type();
    out.clear();
    encoder->AppendAttribute(out, "k", std::string_view(std::string(5000, 'x')));
    EXPECT_LT(out.size(), 1100U);
  }
}

}  // namespace
}  // namespace matinee
