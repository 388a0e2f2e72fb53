#include "http/wire.h"

#include <gmock/gmock.h>

namespace matinee::http {
namespace {

using ::testing::HasSubstr;

TEST(ToWire, WritesStatusHeadersAndBody) {
  Response response = Response::Json(202, "{}");
  response.headers = {{"Location", "/api/captures/1"}};
  EXPECT_EQ(ToWire(response, {}).value(),
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Location: /api/captures/1\r\n\r\n{}");
}

TEST(ToWire, OfHeadTellsTheLengthWithoutTheBody) {
  const auto wire = ToWire(Response::Json(200, "12345"), {true, false});
  EXPECT_THAT(*wire, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(wire->ends_with("\r\n\r\n"));
}

TEST(ToWire, SaysThatTheConnectionWillClose) {
  EXPECT_THAT(ToWire(Response{}, {false, true}).value(), HasSubstr("Connection: close\r\n"));
}

TEST(ToWire, GivesAnEmptyAnswerNoBody) {
  Response response = Response::Json(204, "ignored");
  const auto wire = ToWire(response, {});
  EXPECT_EQ(*wire, "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(ToWire, RefusesWhatWouldSplitTheAnswer) {
  for (const std::string& value : {std::string("a\r\nSet-Cookie: b"), std::string("a\nb"),
                                   std::string("a\rb"), std::string("a\0b", 3)}) {
    Response response;
    response.headers = {{"X-Title", value}};
    EXPECT_EQ(ToWire(response, {}).error().code, Code::kInternal);
    response.headers = {{value, "x"}};
    EXPECT_EQ(ToWire(response, {}).error().code, Code::kInternal);
    response.headers.clear();
    response.content_type = value;
    EXPECT_EQ(ToWire(response, {}).error().code, Code::kInternal);
  }
}

TEST(ToWire, RefusesBodiesThatAreNginxsBusiness) {
  EXPECT_EQ(ToWire(Response::Json(200, std::string(17 * 1024 * 1024, 'x')), {}).error().code,
            Code::kInternal);
}

}  // namespace
}  // namespace matinee::http
