// Entries as Redis returns them; any client may have written them.
#include "coord/redis/stream_entry.h"

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

StreamEntry Read(const std::string& id, const std::vector<std::string>& fields) {
  static const QueueTable queues = {{.name = "first"}, {.name = "second"}};
  Reply list;
  list.kind = Reply::Kind::kList;
  for (const std::string& field : fields) list.items.push_back(Text(field));
  return ReadEntry(queues, 1, Text(id), list);
}

Reply Error(const std::string& text) {
  Reply reply;
  reply.kind = Reply::Kind::kError;
  reply.text = text;
  return reply;
}

TEST(StreamEntryTest, HoldsAJob) {
  const StreamEntry entry = Read("1700000000000-0", {"poster", "a", "traceparent", "00-1-2-01",
                                                     "at", "17", "key", "poster of a"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.id, "1700000000000-0");
  EXPECT_EQ(entry.place, 1);
  EXPECT_EQ(entry.job->queue, "second");
  EXPECT_EQ(entry.job->kind, "poster");
  EXPECT_EQ(entry.job->subject, "a");
  EXPECT_EQ(KeyOf(*entry.job), "poster of a");
  EXPECT_EQ(entry.job->traceparent, "00-1-2-01");
  EXPECT_EQ(entry.enqueued_at, microseconds(17));
  EXPECT_FALSE(entry.redelivered);
}

TEST(StreamEntryTest, OfACrashedConsumerIsRedelivered) {
  EXPECT_TRUE(Read("1-0", {"capture", "a", "at", "17", "redelivered", "1"}).redelivered);
  EXPECT_FALSE(Read("1-0", {"capture", "a", "redelivered", "maybe"}).redelivered);
}

TEST(StreamEntryTest, OfVersion010HasItsSubjectAsKey) {
  const StreamEntry entry = Read("1700000000000-0", {"capture", "a", "traceparent", "", "at", "9"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.job->kind, "capture");
  EXPECT_EQ(KeyOf(*entry.job), "a");
}

TEST(StreamEntryTest, NeedsNothingButKindAndSubject) {
  const StreamEntry entry = Read("1700000000000-0", {"capture", "a"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.job->traceparent, "");
  EXPECT_EQ(entry.enqueued_at, microseconds(1700000000000000)) << "when it was added";
}

TEST(StreamEntryTest, IgnoresMalformedExtras) {
  const StreamEntry entry = Read("18446744073709551615-1", {"capture", "a", "traceparent", "a\r\nb",
                                                            "at", "yesterday", "odd"});
  ASSERT_TRUE(entry.job);
  EXPECT_EQ(entry.job->traceparent, "");
  EXPECT_EQ(entry.enqueued_at, microseconds(0));
  EXPECT_EQ(Read("7-0", {"capture", "a", "at", "-5"}).enqueued_at, microseconds(7000));
}

TEST(StreamEntryTest, HoldsNoJobWithoutAValidKindAndSubject) {
  EXPECT_FALSE(Read("1-0", {}).job);
  EXPECT_FALSE(Read("1-0", {"capture"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", ""}).job);
  EXPECT_FALSE(Read("1-0", {"Capture", "a"}).job);
  EXPECT_FALSE(Read("1-0", {"two words", "a"}).job);
  EXPECT_FALSE(Read("1-0", {std::string(33, 'k'), "a"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", std::string("a\0b", 3)}).job);
  EXPECT_FALSE(Read("1-0", {"capture", "\xff\xfe"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", "a\nb"}).job);
  EXPECT_FALSE(Read("1-0", {"capture", std::string(129, 'a')}).job);
  EXPECT_FALSE(Read("1-0", {"capture", "a", "key", std::string(257, 'a')}).job);
}

TEST(EventMessageTest, DecodesWhatWasEncoded) {
  for (const Event& event :
       {Event{"capture", "a b"}, Event{"sessions", {}}, Event{"room/7", std::string("\0\n\xff", 3)},
        Event{kResyncTopic, {}}}) {
    const std::string text = EncodeEvent("host-1-ab", event);
    const auto message = DecodeEvent(text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->sender, "host-1-ab");
    EXPECT_EQ(message->event.topic, event.topic);
    EXPECT_EQ(message->event.payload, event.payload);
  }
}

TEST(EventMessageTest, AnEventThatCannotBeSentBecomesAResync) {
  const std::string large(1024 * 1024, 'x');
  for (const Event& event : {Event{"capture", large}, Event{"", "a"}, Event{"Not a topic", "a"}}) {
    const std::string text = EncodeEvent("me", event);
    const auto message = DecodeEvent(text);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->event.IsResync());
  }
}

TEST(EventMessageTest, RefusesMalformedText) {
  for (const char* text :
       {"", " ", "sessions", " sessions", "me", "me ", "me Capture a", "me a:b"}) {
    EXPECT_FALSE(DecodeEvent(text)) << text;
  }
  EXPECT_FALSE(DecodeEvent("me capture " + std::string(kEventPayloadBytesMax + 1, 'a')));
}

TEST(RedisErrorTest, SaysWhatToDo) {
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
