#include "live/inbox.h"

#include <gtest/gtest.h>

namespace matinee::live {
namespace {

TEST(InboxTest, OnlyTheFirstEventWakesTheReader) {
  Inbox inbox(10);
  EXPECT_TRUE(inbox.Put({"a", "1"}));
  EXPECT_FALSE(inbox.Put({"a", "2"}));
  const auto events = inbox.TakeAll();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].payload, "1");
  EXPECT_EQ(events[1].payload, "2");
  EXPECT_TRUE(inbox.Put({"a", "3"}));
}

TEST(InboxTest, AResyncReplacesEventsAboveTheLimit) {
  Inbox inbox(3);
  for (int i = 0; i < 4; ++i) static_cast<void>(inbox.Put({"a", std::to_string(i)}));
  const auto events = inbox.TakeAll();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(events[0].IsResync());
  EXPECT_EQ(events[1].payload, "3");
}

}  // namespace
}  // namespace matinee::live
