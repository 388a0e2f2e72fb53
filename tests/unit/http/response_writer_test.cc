#include "http/response_writer.h"

#include <gmock/gmock.h>

namespace matinee::http {
namespace {

using ::testing::HasSubstr;

TEST(SerializeResponseTest, WritesStatusHeadersAndBody) {
  Response response = Response::Json(202, "{}");
  response.headers = {{"Location", "/api/captures/1"}};
  EXPECT_EQ(SerializeResponse(response, {}).value(),
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Location: /api/captures/1\r\n\r\n{}");
}

TEST(SerializeResponseTest, WritesTheLengthOfAHeadAnswerWithoutItsBody) {
  const auto wire = SerializeResponse(Response::Json(200, "12345"), {true, false});
  EXPECT_THAT(*wire, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(wire->ends_with("\r\n\r\n"));
}

TEST(SerializeResponseTest, WritesConnectionClose) {
  EXPECT_THAT(SerializeResponse(Response{}, {false, true}).value(),
              HasSubstr("Connection: close\r\n"));
}

TEST(SerializeResponseTest, Writes204WithoutABody) {
  Response response = Response::Json(204, "ignored");
  const auto wire = SerializeResponse(response, {});
  EXPECT_EQ(*wire, "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(SerializeResponseTest, RefusesResponseSplitting) {
  for (const std::string& value : {std::string("a\r\nSet-Cookie: b"), std::string("a\nb"),
                                   std::string("a\rb"), std::string("a\0b", 3)}) {
    Response response;
    response.headers = {{"X-Title", value}};
    EXPECT_EQ(SerializeResponse(response, {}).error().code, Code::kInternal);
    response.headers = {{value, "x"}};
    EXPECT_EQ(SerializeResponse(response, {}).error().code, Code::kInternal);
    response.headers.clear();
    response.content_type = value;
    EXPECT_EQ(SerializeResponse(response, {}).error().code, Code::kInternal);
  }
}

TEST(SerializeResponseTest, RefusesBodiesThatAreTooLong) {
  EXPECT_EQ(
      SerializeResponse(Response::Json(200, std::string(17 * 1024 * 1024, 'x')), {}).error().code,
      Code::kInternal);
}

}  // namespace
}  // namespace matinee::http
