#include "coord/queue_table.h"

#include <gtest/gtest.h>

#include <string>

namespace matinee::coord {
namespace {

TEST(QueueTableTest, FindsAQueueByItsName) {
  const QueueTable queues = {{.name = "first"}, {.name = "second"}};
  EXPECT_EQ(PlaceOf(queues, "second"), 1);
  EXPECT_EQ(PlaceOf(queues, "third"), queues.size());
  EXPECT_EQ(AllQueues(queues), (QueueFilter{0, 1}));
}

TEST(QueueTableTest, RefusesATableThatCannotBe) {
  EXPECT_TRUE(CheckQueueTable({{.name = "a_1"}}));
  EXPECT_FALSE(CheckQueueTable({}));
  EXPECT_FALSE(CheckQueueTable(QueueTable(kQueuesMax + 1)));
  for (const std::string& name : {std::string(), std::string("Upper"), std::string("a b"),
                                  std::string("a:b"), std::string(33, 'a')}) {
    const Status checked = CheckQueueTable({{.name = name}});
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(CheckQueueTable({{.name = "twice"}, {.name = "twice"}}));
}

}  // namespace
}  // namespace matinee::coord
