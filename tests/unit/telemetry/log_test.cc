#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "base/time_format.h"
#include "telemetry/log_line.h"

namespace matinee {
namespace {

using nlohmann::json;

const WallTime kNoon = *ParseTime("2026-02-18T12:00:00.123456Z");

LogLine Line(std::span<const LogField> fields, const Error* error = nullptr) {
  return LogLine{kNoon, Severity::kWarn, "capture", "capture failed", fields, error};
}

json ParsedJson(std::span<const LogField> fields, const Error* error = nullptr) {
  const std::string line = FormatJsonLine(Line(fields, error));
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "an event must be one line: " << line;
  return json::parse(line);
}

TEST(JsonLogLineTest, HasTimeLevelLoggerMessageAndFieldsInThatOrder) {
  const std::vector<LogField> fields = {{"capture_id", "abc"}, {"bytes", 12}};
  EXPECT_EQ(FormatJsonLine(Line(fields)),
            R"({"ts":"2026-02-18T12:00:00.123Z","level":"warn","logger":"capture",)"
            R"("msg":"capture failed","capture_id":"abc","bytes":12})"
            "\n");
}

TEST(JsonLogLineTest, KeepsTheTypeOfEachField) {
  const std::string text = "a b";
  const std::vector<LogField> fields = {{"yes", true},
                                        {"largest", std::numeric_limits<int64_t>::max()},
                                        {"ratio", 0.25},
                                        {"text", text}};
  const json line = ParsedJson(fields);
  EXPECT_EQ(line["yes"], true);
  EXPECT_EQ(line["largest"], std::numeric_limits<int64_t>::max());
  EXPECT_EQ(line["ratio"], 0.25);
  EXPECT_EQ(line["text"], "a b");
}

TEST(JsonLogLineTest, WritesNumbersThatJsonLacksAsNull) {
  const std::vector<LogField> fields = {{"nan", std::nan("")}, {"inf", HUGE_VAL}};
  const json line = ParsedJson(fields);
  EXPECT_TRUE(line["nan"].is_null());
  EXPECT_TRUE(line["inf"].is_null());
}

TEST(JsonLogLineTest, EscapesAHostileTitle) {
  const std::string title = "a\"b\\c\nd\re\tf\x01g\x7F\xFFh é 🎬";
  const std::vector<LogField> fields = {{"title", title}};
  EXPECT_EQ(ParsedJson(fields)["title"], "a\"b\\c\nd\re\tf\\x01g\\x7F\\xFFh é 🎬");
}

TEST(JsonLogLineTest, ANulByteDoesNotEndTheText) {
  const std::string text("a\0b", 3);
  const std::vector<LogField> fields = {{"text", text}};
  EXPECT_EQ(ParsedJson(fields)["text"], "a\\x00b");
}

TEST(JsonLogLineTest, TruncatesALongFieldBetweenTwoCharacters) {
  std::string text(kFieldBytesMax - 1, 'a');
  const std::string whole = text;
  text += "é and much more";
  const std::vector<LogField> fields = {{"text", text}};
  EXPECT_EQ(ParsedJson(fields)["text"], whole);
}

TEST(JsonLogLineTest, AnErrorIsUnderErr) {
  const Error error{Code::kUnavailable, "the server \"Plex\" is away"};
  const json line = ParsedJson({}, &error);
  EXPECT_EQ(line["err"]["code"], "unavailable");
  EXPECT_EQ(line["err"]["message"], "the server \"Plex\" is away");
}

TEST(TextLogLineTest, IsASentenceFollowedByItsFields) {
  const std::vector<LogField> fields = {{"bytes", 12}, {"title", "Big \"Buck\""}, {"empty", ""}};
  const std::string line = FormatTextLine(Line(fields));
  // The hour depends on the zone of the machine.
  EXPECT_EQ(
      line.substr(5),
      ":00.123 warn  capture: capture failed  bytes=12 title=\"Big \\\"Buck\\\"\" empty=\"\"\n");
}

TEST(TextLogLineTest, ANewlineInAFieldCannotForgeALine) {
  const std::vector<LogField> fields = {{"title", "x\n12:00:00.000 error forged: line\x1B[2J"}};
  const std::string line = FormatTextLine(Line(fields));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1B'), std::string::npos);
}

// The lines that `body` writes to stderr.
template <typename Body>
std::vector<std::string> Captured(Body body) {
  testing::internal::CaptureStderr();
  body();
  const std::string text = testing::internal::GetCapturedStderr();
  std::vector<std::string> lines;
  for (const std::string_view line : Split(text, '\n')) lines.emplace_back(line);
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  return lines;
}

TEST(LogTest, OmitsLinesBelowTheLeastSeverity) {
  ConfigureLog(Severity::kWarn, LogFormat::kJson);
  const auto lines = Captured([] {
    Log(Severity::kInfo, "test", "not this");
    Log(Severity::kWarn, "test", "this", {{"n", 1}});
    LogError("test", "not this either", Error{Code::kNotFound, "no such capture"});
    LogError("test", "and this", Error{Code::kInternal, "a fault"}, {{"n", 2}});
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(json::parse(lines[0])["msg"], "this");
  const json second = json::parse(lines[1]);
  EXPECT_EQ(second["level"], "error");
  EXPECT_EQ(second["n"], 2);
  EXPECT_EQ(second["err"]["code"], "internal");
}

TEST(LogTest, KeepsLinesOfManyThreadsWhole) {
  ConfigureLog(Severity::kInfo, LogFormat::kJson);
  constexpr size_t kThreads = 4;
  constexpr size_t kLines = 50;
  const std::string long_text(5000, 'x');  // Longer than an atomic write to a pipe.
  const auto lines = Captured([&] {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (size_t j = 0; j < kLines; ++j) {
          Log(Severity::kInfo, "test", "line", {{"text", long_text}});
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  ASSERT_EQ(lines.size(), kThreads * kLines);
  for (const std::string& line : lines) EXPECT_EQ(json::parse(line)["text"], long_text);
}

}  // namespace
}  // namespace matinee
