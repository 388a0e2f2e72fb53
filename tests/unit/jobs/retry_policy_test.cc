#include "jobs/retry_policy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace matinee::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr double kNoJitter = 0.5;

constexpr Code kAllCodes[] = {
    Code::kMalformed,        Code::kUnauthenticated,    Code::kPermissionDenied, Code::kNotFound,
    Code::kConflict,         Code::kInvalidArgument,    Code::kMediaError,       Code::kCancelled,
    Code::kTooManyRequests,  Code::kInternal,           Code::kBadGateway,       Code::kUnavailable,
    Code::kDeadlineExceeded, Code::kInsufficientStorage};

// Returns the delay after each try.
std::vector<std::optional<milliseconds>> DelaysOf(Code code) {
  std::vector<std::optional<milliseconds>> delays;
  for (int tries = 1; tries <= kTriesMax; ++tries) {
    delays.push_back(RetryDelay(code, tries, kNoJitter));
  }
  return delays;
}

using Delays = std::vector<std::optional<milliseconds>>;

TEST(RetryDelayTest, TheDelayDoublesForTransientErrors) {
  for (const Code code :
       {Code::kInternal, Code::kBadGateway, Code::kUnavailable, Code::kDeadlineExceeded}) {
    EXPECT_EQ(DelaysOf(code), Delays({milliseconds(1000), milliseconds(2000), milliseconds(4000),
                                      milliseconds(8000), std::nullopt}))
        << InfoOf(code).name;
  }
}

TEST(RetryDelayTest, TheDelayIsLongForAFullDisk) {
  EXPECT_EQ(DelaysOf(Code::kInsufficientStorage),
            Delays({milliseconds(15'000), milliseconds(45'000), milliseconds(135'000),
                    milliseconds(405'000), std::nullopt}));
}

TEST(RetryDelayTest, PermanentErrorsAreNotRetried) {
  for (const Code code : {Code::kMalformed, Code::kUnauthenticated, Code::kPermissionDenied,
                          Code::kNotFound, Code::kConflict, Code::kInvalidArgument,
                          Code::kMediaError, Code::kCancelled, Code::kTooManyRequests}) {
    EXPECT_EQ(DelaysOf(code), Delays(kTriesMax, std::nullopt)) << InfoOf(code).name;
  }
}

TEST(RetryDelayTest, EveryCodeAgreesWithTheErrorTable) {
  for (const Code code : kAllCodes) {
    EXPECT_EQ(RetryDelay(code, 1, kNoJitter).has_value(), InfoOf(code).retryable)
        << InfoOf(code).name;
    EXPECT_FALSE(RetryDelay(code, kTriesMax, kNoJitter)) << InfoOf(code).name;
    EXPECT_FALSE(RetryDelay(code, kTriesMax + 1, kNoJitter)) << InfoOf(code).name;
  }
}

TEST(RetryDelayTest, TheJitterIsAFifthToBothSides) {
  EXPECT_EQ(RetryDelay(Code::kUnavailable, 1, 0), milliseconds(800));
  EXPECT_EQ(RetryDelay(Code::kUnavailable, 1, 0.25), milliseconds(900));
  EXPECT_EQ(RetryDelay(Code::kUnavailable, 1, 0.999), milliseconds(1200));
  EXPECT_EQ(RetryDelay(Code::kUnavailable, 4, 0), milliseconds(6400));
  EXPECT_LE(RetryDelay(Code::kInsufficientStorage, kTriesMax - 1, 0.999), minutes(9));
}

}  // namespace
}  // namespace matinee::jobs
