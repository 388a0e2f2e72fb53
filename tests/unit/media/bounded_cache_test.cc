#include "media/bounded_cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace matinee::media {
namespace {

constexpr MonoTime kNow{std::chrono::seconds(100)};
constexpr std::chrono::seconds kSecond{1};

TEST(BoundedCacheTest, ReturnsAValueUntilItExpires) {
  BoundedCache<int> cache(2);
  EXPECT_EQ(cache.Find("a", kNow), nullptr);
  cache.Put("a", 1, kNow + kSecond);
  ASSERT_NE(cache.Find("a", kNow), nullptr);
  EXPECT_EQ(*cache.Find("a", kNow), 1);
  EXPECT_EQ(cache.Find("a", kNow + kSecond), nullptr);
}

TEST(BoundedCacheTest, PutReplacesAnOlderValue) {
  BoundedCache<int> cache(1);
  cache.Put("a", 1, kNow + kSecond);
  EXPECT_EQ(cache.Put("a", 2, kNow + 2 * kSecond), 2);
  EXPECT_EQ(*cache.Find("a", kNow + kSecond), 2);
}

TEST(BoundedCacheTest, EvictsTheEntryThatExpiresFirstWhenItIsFull) {
  BoundedCache<int> cache(2);
  cache.Put("soon", 1, kNow + kSecond);
  cache.Put("late", 2, kNow + 9 * kSecond);
  cache.Put("new", 3, kNow + 5 * kSecond);
  EXPECT_EQ(cache.Find("soon", kNow), nullptr);
  EXPECT_NE(cache.Find("late", kNow), nullptr);
  EXPECT_NE(cache.Find("new", kNow), nullptr);
}

}  // namespace
}  // namespace matinee::media
