#include "live/event_stream.h"

#include <gtest/gtest.h>

namespace matinee::live {
namespace {

TEST(EventStreamTest, AnEventHasIdNameAndData) {
  EXPECT_EQ(EncodeEvent("a.1", "capture_changed", "{}"),
            "id: a.1\nevent: capture_changed\ndata: {}\n\n");
}

TEST(EventStreamTest, ALineBreakInTheDataBeginsAnotherDataField) {
  EXPECT_EQ(EncodeEvent("a.1", "e", "x\ny\r\nz\rid: 7"),
            "id: a.1\nevent: e\ndata: x\ndata: y\ndata: z\ndata: id: 7\n\n");
}

TEST(EventStreamTest, TheStartSetsTheDelayAndTheLastId) {
  EXPECT_EQ(EncodeStart(std::chrono::milliseconds(2000), "a.5"), "retry: 2000\nid: a.5\n\n");
  EXPECT_EQ(EncodeStart(std::chrono::milliseconds(2000), ""), "retry: 2000\n\n");
}

TEST(EventStreamTest, AHeartbeatIsAComment) {
  EXPECT_TRUE(EncodeHeartbeat().starts_with(":"));
  EXPECT_TRUE(EncodeHeartbeat().ends_with("\n\n"));
}

TEST(EventStreamTest, DataIsJsonWithTheIdOrEmpty) {
  EXPECT_EQ(EventData(""), "{}");
  EXPECT_EQ(EventData("0190"), R"({"id":"0190"})");
}

TEST(EventStreamTest, AnyBytesInAnIdBecomeOneLineOfJson) {
  EXPECT_EQ(EventData("\"\n\r\x01"), R"({"id":"\"\n\r\u0001"})");
  EXPECT_EQ(EventData("\xFF"), "{\"id\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace matinee::live
