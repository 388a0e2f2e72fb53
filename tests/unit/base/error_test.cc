#include "base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace matinee {
namespace {

// All codes, in the order of the enum; the compiler warns when one is missing in the switch.
std::vector<Code> AllCodes() {
  const std::vector<Code> codes = {
      Code::kMalformed,        Code::kUnauthenticated,    Code::kPermissionDenied,
      Code::kNotFound,         Code::kConflict,           Code::kInvalidArgument,
      Code::kMediaError,       Code::kCancelled,          Code::kTooManyRequests,
      Code::kInternal,         Code::kBadGateway,         Code::kUnavailable,
      Code::kDeadlineExceeded, Code::kInsufficientStorage};
  for (const Code code : codes) {
    switch (code) {
      case Code::kMalformed:
      case Code::kUnauthenticated:
      case Code::kPermissionDenied:
      case Code::kNotFound:
      case Code::kConflict:
      case Code::kInvalidArgument:
      case Code::kMediaError:
      case Code::kCancelled:
      case Code::kTooManyRequests:
      case Code::kInternal:
      case Code::kBadGateway:
      case Code::kUnavailable:
      case Code::kDeadlineExceeded:
      case Code::kInsufficientStorage:
        break;
    }
  }
  return codes;
}

TEST(ErrorTableTest, IsInTheOrderOfTheEnum) {
  for (const Code code : AllCodes()) EXPECT_EQ(InfoOf(code).code, code) << InfoOf(code).name;
}

TEST(ErrorTableTest, EachCodeHasAUniqueNameThatIsParsedBack) {
  std::set<std::string_view> names;
  for (const Code code : AllCodes()) {
    const CodeInfo& info = InfoOf(code);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(CodeFromName(info.name), code);
    EXPECT_TRUE(std::all_of(info.name.begin(), info.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << info.name;
    EXPECT_FALSE(info.title.empty());
  }
}

TEST(ErrorTableTest, AnUnknownNameIsAnInternalError) {
  EXPECT_EQ(CodeFromName(""), Code::kInternal);
  EXPECT_EQ(CodeFromName("NOT_FOUND"), Code::kInternal);
}

TEST(ErrorTableTest, HasHttpStatusesOfErrorsOnly) {
  for (const Code code : AllCodes()) {
    EXPECT_GE(InfoOf(code).http_status, 400) << InfoOf(code).name;
    EXPECT_LT(InfoOf(code).http_status, 600) << InfoOf(code).name;
  }
}

TEST(ErrorTableTest, ClientErrorsAreNotRetried) {
  // A retry of a request that the client must change first would only cost FFmpeg runs.
  for (const Code code : AllCodes()) {
    if (InfoOf(code).http_status >= 500) continue;
    EXPECT_FALSE(InfoOf(code).retryable) << InfoOf(code).name;
  }
}

TEST(ErrorTableTest, OnlyFaultsForTheOperatorAreErrorsInTheLog) {
  EXPECT_EQ(InfoOf(Code::kInternal).severity, Severity::kError);
  EXPECT_EQ(InfoOf(Code::kInsufficientStorage).severity, Severity::kError);
  EXPECT_EQ(InfoOf(Code::kNotFound).severity, Severity::kInfo);
}

TEST(ErrorTest, ContextComesBeforeItsMessage) {
  const Error error{Code::kNotFound, "no such capture"};
  const Error with = error.WithContext("thumbnail").WithContext("request");
  EXPECT_EQ(with.code, Code::kNotFound);
  EXPECT_EQ(with.message, "request: thumbnail: no such capture");
  EXPECT_EQ(error.message, "no such capture");
}

}  // namespace
}  // namespace matinee
