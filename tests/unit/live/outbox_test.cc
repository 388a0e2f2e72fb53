#include "live/outbox.h"

#include <gmock/gmock.h>

#include <string>

namespace matinee::live {
namespace {

using ::testing::ElementsAre;

Message Bytes(size_t bytes) {
  return std::make_shared<const std::string>(bytes, 'x');
}

TEST(OutboxTest, ReturnsMessagesInOrder) {
  Outbox outbox(10);
  const Message a = Bytes(5);
  const Message b = Bytes(5);
  EXPECT_TRUE(outbox.Push(a));
  EXPECT_TRUE(outbox.Push(b));
  EXPECT_THAT(outbox.TakeAll(), ElementsAre(a, b));
  EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, RefusesWhatExceedsItsLimit) {
  Outbox outbox(10);
  const Message a = Bytes(6);
  EXPECT_TRUE(outbox.Push(a));
  EXPECT_FALSE(outbox.Push(Bytes(5)));
  EXPECT_THAT(outbox.TakeAll(), ElementsAre(a));
  EXPECT_TRUE(outbox.Push(Bytes(10)));
}

TEST(OutboxTest, OneMessageReplacesAllOthers) {
  Outbox outbox(10);
  EXPECT_TRUE(outbox.Push(Bytes(5)));
  EXPECT_TRUE(outbox.Push(Bytes(5)));
  const Message resync = Bytes(4);
  EXPECT_EQ(outbox.ReplaceAll(resync), 2U);
  EXPECT_FALSE(outbox.Push(Bytes(7)));
  EXPECT_TRUE(outbox.Push(Bytes(6)));
  EXPECT_EQ(outbox.TakeAll().front(), resync);
}

}  // namespace
}  // namespace matinee::live
