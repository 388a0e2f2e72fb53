#include "edge/nginx_status.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee::edge {
namespace {

constexpr std::string_view kReal =
    "Active connections: 291 \n"
    "server accepts handled requests\n"
    " 16630948 16630947 31070465 \n"
    "Reading: 6 Writing: 179 Waiting: 106 \n";

TEST(ParseStubStatusTest, ReadsNginxsFormat) {
  const auto status = ParseStubStatus(kReal);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->active, 291);
  EXPECT_EQ(status->accepted, 16630948);
  EXPECT_EQ(status->handled, 16630947);
  EXPECT_EQ(status->requests, 31070465);
  EXPECT_EQ(status->reading, 6);
  EXPECT_EQ(status->writing, 179);
  EXPECT_EQ(status->waiting, 106);
}

TEST(ParseStubStatusTest, RefusesTruncatedText) {
  // Truncation inside the last number cannot be detected.
  const size_t last = kReal.rfind("106");
  for (size_t length = 0; length <= last; ++length) {
    EXPECT_FALSE(ParseStubStatus(kReal.substr(0, length))) << length;
  }
}

TEST(ParseStubStatusTest, RefusesOtherText) {
  const std::string real(kReal);
  const auto with = [&real](const std::string& old_text, const std::string& new_text) {
    std::string text = real;
    return text.replace(text.find(old_text), old_text.size(), new_text);
  };
  for (const std::string& text : {
           with("291", "-1"),
           with("291", "2.5"),
           with("291", "1e3"),
           with("291", "99999999999999999999"),
           with("291", "0x10"),
           with("291", ""),
           with("Active", "active"),
           with("accepts handled", "handled accepts"),
           real + "x",
           real + real,
           real + std::string(1, '\0'),
           real + std::string(2000, ' '),
           std::string("<html>404</html>"),
           std::string(100, '\0'),
           std::string("\xff\xfe"),
       }) {
    const auto status = ParseStubStatus(text);
    ASSERT_FALSE(status) << text;
    EXPECT_EQ(status.error().code, Code::kBadGateway);
  }
}

}  // namespace
}  // namespace matinee::edge
