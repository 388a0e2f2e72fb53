// What comes out of Redis, where anybody may have written it.
#include "coord/redis/entry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coord/redis/event_message.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::microseconds;

Reply Text(const std::string& text) {
  Reply reply;
  reply.kind = Reply::Kind::kText;
  reply.text = text;
  return reply;
}

Entry Read(const std::string& id, const std::vector<std::string>& fields) {
  Reply list;
  list.kind = Reply::Kind::kList;
  for (const std::string& field : fields) list.items.push_back(Text(field));
  return ReadEntry(Lane::kClip, Text(id), list);
}

Reply Error(const std::string& text) {
  Reply reply;
  reply.kind = Reply::Kind::kError;
  reply.text = text;
  return reply;
}

TEST(RedisEntry, IsAJob) {
  const Entry entry =
      Read("1700000000000-0", {"capture", "a", "traceparent", "00-1-2-01", "at", "17"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.id, "1700000000000-0");
  EXPECT_EQ(entry.job->lane, Lane::kClip);
  EXPECT_EQ(entry.job->capture_id, "a");
  EXPECT_EQ(entry.job->traceparent, "00-1-2-01");
  EXPECT_EQ(entry.enqueued_at, microseconds(17));
}

TEST(RedisEntry, NeedsNothingButACapture) {
  const Entry entry = Read("1700000000000-0", {"capture", "a"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.job->traceparent, "");
  EXPECT_EQ(entry.enqueued_at, microseconds(1700000000000000)) << "when it was added";
}

TEST(RedisEntry, LeavesOutWhatCannotBeSo) {
  const Entry entry = Read("18446744073709551615-1",
                           {"capture", "a", "traceparent", "a\r\nb", "at", "yesterday", "odd"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.job->traceparent, "");
  EXPECT_EQ(entry.enqueued_at, microseconds(0));
  EXPECT_EQ(Read("7-0", {"capture", "a", "at", "-5"}).enqueued_at, microseconds(7000));
}

TEST(RedisEntry, IsNoJobWithoutAProperCapture) {
  EXPECT_FALSE(Read("1-0", {}).job);
  EXPECT_FALSE(Read("1-0", {"capture"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", ""}).job);
  EXPECT_FALSE(Read("1-0", {"Capture", "a"}).job);
  EXPECT_FALSE(Read("1-0", {"a", "capture"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", std::string("a\0b", 3)}).job);
  EXPECT_FALSE(Read("1-0", {"capture", "\xff\xfe"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", "a\nb"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", std::string(kCaptureIdBytesMax + 1, 'a')}).job);
}

TEST(RedisEventMessage, ComesOutAsItWentIn) {
  for (const Event& event :
       {Event{Event::Kind::kCaptureChanged, "a b"}, Event{Event::Kind::kSessionsChanged, {}},
        Event{Event::Kind::kMissed, {}}}) {
    const std::string text = EncodeEvent("host-1-ab", event);
    const auto message = DecodeEvent(text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->sender, "host-1-ab");
    EXPECT_EQ(message->event.kind, event.kind);
    EXPECT_EQ(message->event.capture_id, event.capture_id);
  }
}

TEST(RedisEventMessage, IsNothingIfItMakesNoSense) {
  for (const char* text : {"", " ", "sessions", " sessions", "me", "me ", "me sessions ",
                           "me capture", "me capture ", "me capture a\nb", "me party 7"}) {
    EXPECT_FALSE(DecodeEvent(text)) << text;
  }
  EXPECT_FALSE(DecodeEvent("me capture " + std::string(1000, 'a')));
}

TEST(RedisError, SaysWhatToDo) {
  EXPECT_EQ(ToError("done", Error("OOM command not allowed when used memory > 'maxmemory'.")).code,
            Code::kUnavailable);
  EXPECT_EQ(ToError("done", Error("ERR Error running script (call to f_1): @user_script:9: "
                                  "@user_script: 9: -OOM command not allowed"))
                .code,
            Code::kUnavailable)
      << "as Redis 6.2 says it";
  for (const char* error : {"LOADING Redis is loading the dataset in memory",
                            "READONLY You can't write against a read only replica.",
                            "BUSY Redis is busy running a script.",
                            "MISCONF Redis is configured to save RDB snapshots"}) {
    EXPECT_EQ(ToError("done", Error(error)).code, Code::kUnavailable) << error;
  }
  EXPECT_EQ(ToError("done", Error("BUSYGROUP Consumer Group name already exists")).code,
            Code::kInternal);
  const auto odd = ToError("done", Error("ERR odd\r\n\xff" + std::string(5000, 'x')));
  EXPECT_EQ(odd.code, Code::kInternal);
  EXPECT_LT(odd.message.size(), 500);
}

}  // namespace
}  // namespace matinee::coord::redis
