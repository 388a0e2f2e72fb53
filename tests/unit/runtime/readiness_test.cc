#include "runtime/readiness.h"

#include <gtest/gtest.h>

namespace matinee {
namespace {

Result<Readiness> ReadinessWith(std::vector<std::pair<std::string, std::string>> query) {
  http::Request request;
  request.query = std::move(query);
  return ReadinessOf(request);
}

TEST(ReadinessTest, ChecksEverythingUnlessItIsExcluded) {
  const auto all = ReadinessWith({{"verbose", ""}});
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->database && all->redis && all->api);
  const auto some = ReadinessWith({{"exclude", "database"}, {"exclude", "api"}});
  ASSERT_TRUE(some);
  EXPECT_TRUE(!some->database && some->redis && !some->api);
  EXPECT_FALSE(ReadinessWith({{"exclude", "redis"}})->redis);
}

TEST(ReadinessTest, RefusesAnUnknownCheck) {
  const auto unknown = ReadinessWith({{"exclude", "etcd"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "there is no check etcd; there are database, redis and api");
}

}  // namespace
}  // namespace matinee
