#include "live/event_log.h"

#include <gmock/gmock.h>

namespace matinee::live {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointee;

constexpr size_t kEventsMax = 3;

class EventLogTest : public ::testing::Test {
 protected:
  void Append(int events) {
    for (int i = 0; i < events; ++i) log_.Append("e", "{}");
  }

  EventLog log_{"pod", kEventsMax};
};

TEST_F(EventLogTest, NumbersEventsFromOne) {
  EXPECT_EQ(log_.LastId(), "pod.0");
  EXPECT_THAT(*log_.Append("e", "{}"), HasSubstr("id: pod.1\n"));
  EXPECT_EQ(log_.LastId(), "pod.1");
}

TEST_F(EventLogTest, ReturnsTheEventsAfterAnId) {
  Append(3);
  const auto missed = log_.After("pod.1");
  ASSERT_TRUE(missed);
  EXPECT_THAT(*missed, ElementsAre(Pointee(HasSubstr("pod.2\n")), Pointee(HasSubstr("pod.3\n"))));
}

TEST_F(EventLogTest, NothingIsMissedAfterTheLastId) {
  ASSERT_TRUE(log_.After("pod.0"));
  Append(5);
  ASSERT_TRUE(log_.After("pod.5"));
  EXPECT_THAT(*log_.After("pod.5"), ElementsAre());
}

TEST_F(EventLogTest, KnowsAsManyEventsAsItHolds) {
  Append(5);
  ASSERT_TRUE(log_.After("pod.2"));
  EXPECT_EQ(log_.After("pod.2")->size(), kEventsMax);
  EXPECT_FALSE(log_.After("pod.1"));
}

TEST_F(EventLogTest, DoesNotKnowIdsOfOthersOrOfTheFuture) {
  Append(2);
  for (const char* id :
       {"", ".", "pod", "pod.", "pod.3", "pod.-1", "pod.+1", "pod. 1", "pod.1 ", "pod.1x",
        "pod.0x1", "pod.18446744073709551616", "other.1", "po.1", "podd.1", "POD.1"}) {
    EXPECT_FALSE(log_.After(id)) << id;
  }
}

}  // namespace
}  // namespace matinee::live
