// The rules on times.
#include "capture/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/time_format.h"

namespace matinee::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// An item of 5000 s, playing, at 1000 s at noon. The request arrives ten seconds later.
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    session_.session_id = "plex-1";
    session_.source = media::MediaServerType::kPlex;
    session_.server = "attic";
    session_.title = "The Film";
    session_.position_seconds = 1000;
    session_.position_at = noon_;
    session_.duration_seconds = 5000;
    session_.media_path = "/media/film.mkv";
    session_.capturable = true;
  }

  static ScreenshotRequest Tap() {
    ScreenshotRequest request;
    request.session_id = "plex-1";
    return request;
  }
  static ClipRequest Last(double duration_seconds) {
    ClipRequest request;
    request.session_id = "plex-1";
    request.relative_seconds = -duration_seconds;
    return request;
  }
  static ClipRequest Span(double start_seconds, double end_seconds) {
    ClipRequest request;
    request.session_id = "plex-1";
    request.start_seconds = start_seconds;
    request.end_seconds = end_seconds;
    return request;
  }

  // Returns the spec of a request that passes Check.
  template <typename Request>
  CaptureSpec PlanOf(const Request& request) {
    const Status checked = Check(request, arrived_);
    EXPECT_TRUE(checked) << checked.error().message;
    const Result<CaptureSpec> spec = Plan(session_, request, arrived_);
    EXPECT_TRUE(spec) << spec.error().message;
    return spec.value_or(CaptureSpec{});
  }
  double TimeOf(const ScreenshotRequest& request) { return PlanOf(request).start_seconds; }

  // Returns why Check or Plan refuses a request; "" if they do not.
  template <typename Request>
  std::string RefusalOf(const Request& request, Code code = Code::kInvalidArgument) {
    const Status checked = Check(request, arrived_);
    const Result<CaptureSpec> spec =
        checked ? Plan(session_, request, arrived_) : Result<CaptureSpec>(Fail(checked.error()));
    if (spec) return "";
    EXPECT_EQ(spec.error().code, code) << spec.error().message;
    return spec.error().message;
  }

  void ExpectSpan(const ClipRequest& request, double start_seconds, double end_seconds) {
    const CaptureSpec spec = PlanOf(request);
    EXPECT_DOUBLE_EQ(spec.start_seconds, start_seconds);
    ASSERT_TRUE(spec.end_seconds);
    EXPECT_DOUBLE_EQ(*spec.end_seconds, end_seconds);
  }

  const WallTime noon_ = ParseTime("2026-02-18T12:00:00Z").value();
  const WallTime arrived_ = noon_ + seconds(10);
  media::PlaybackSession session_;
};

TEST_F(PlanTest, AScreenshotSpecCopiesTheSession) {
  session_.subtitle = "S01E02 — Second";
  session_.part_start_seconds = 900;
  session_.audio_stream_index = 3;
  ScreenshotRequest tap = Tap();
  tap.idempotency_key = "key";
  const CaptureSpec spec = PlanOf(tap);
  EXPECT_EQ(spec.source, "plex");
  EXPECT_EQ(spec.server, "attic");
  EXPECT_EQ(spec.session_id, "plex-1");
  EXPECT_EQ(spec.media_title, "The Film — S01E02 — Second");
  EXPECT_EQ(spec.media_path, "/media/film.mkv");
  EXPECT_DOUBLE_EQ(spec.part_start_seconds, 900);
  EXPECT_EQ(spec.audio_stream_index, 3);
  EXPECT_EQ(spec.type, Type::kScreenshot);
  EXPECT_EQ(spec.end_seconds, std::nullopt);
  EXPECT_EQ(spec.idempotency_key, "key");
  EXPECT_FALSE(spec.at_given);
}

TEST_F(PlanTest, TheDefaultTimeIsTheArrivalOfTheRequest) {
  EXPECT_DOUBLE_EQ(TimeOf(Tap()), 1010);
}

TEST_F(PlanTest, AFresherPositionThanTheTapIsExtrapolatedBack) {
  session_.position_seconds = 1010.5;
  session_.position_at = arrived_ + milliseconds(500);
  EXPECT_DOUBLE_EQ(TimeOf(Tap()), 1010);
}

TEST_F(PlanTest, ATapTimeMovesThePosition) {
  ScreenshotRequest tap = Tap();
  tap.at = arrived_ - milliseconds(1500);
  EXPECT_DOUBLE_EQ(TimeOf(tap), 1008.5);
  EXPECT_TRUE(PlanOf(tap).at_given);
}

TEST_F(PlanTest, ATapInTheFutureCountsAsNow) {
  ScreenshotRequest tap = Tap();
  tap.at = arrived_ + minutes(5);
  EXPECT_DOUBLE_EQ(TimeOf(tap), 1010);
}

TEST_F(PlanTest, ATapMayBeAtMostTenMinutesOld) {
  ScreenshotRequest tap = Tap();
  tap.at = arrived_ - minutes(10);
  EXPECT_DOUBLE_EQ(TimeOf(tap), 410);
  tap.at = arrived_ - minutes(10) - Micros(1);
  EXPECT_EQ(RefusalOf(tap), "at lies more than ten minutes in the past");
  ClipRequest clip = Last(30);
  clip.at = tap.at;
  EXPECT_EQ(RefusalOf(clip), "at lies more than ten minutes in the past");
}

TEST_F(PlanTest, ATapBeforeTheStartIsClampedToZero) {
  session_.position_seconds = 20;
  ScreenshotRequest tap = Tap();
  tap.at = noon_ - seconds(30);
  EXPECT_DOUBLE_EQ(TimeOf(tap), 0);
}

TEST_F(PlanTest, APausedSessionKeepsItsPosition) {
  session_.state = media::PlayState::kPaused;
  EXPECT_DOUBLE_EQ(TimeOf(Tap()), 1000);
  ScreenshotRequest tap = Tap();
  tap.at = arrived_ - minutes(3);
  EXPECT_DOUBLE_EQ(TimeOf(tap), 1000);
}

TEST_F(PlanTest, AnOffsetMovesThePositionBothWays) {
  ScreenshotRequest tap = Tap();
  tap.offset_seconds = -5;
  EXPECT_DOUBLE_EQ(TimeOf(tap), 1005);
  tap.offset_seconds = 5;
  EXPECT_DOUBLE_EQ(TimeOf(tap), 1015);
}

TEST_F(PlanTest, AnOffsetIsClampedToTheItem) {
  ScreenshotRequest tap = Tap();
  for (const double offset : {-1010.5, -1e9, -1e308}) {
    tap.offset_seconds = offset;
    EXPECT_DOUBLE_EQ(TimeOf(tap), 0) << offset;
  }
  for (const double offset : {3990.5, 1e9, 1e308}) {
    tap.offset_seconds = offset;
    EXPECT_DOUBLE_EQ(TimeOf(tap), 5000) << offset;
  }
}

TEST_F(PlanTest, WithoutADurationAnOffsetIsClamped) {
  session_.duration_seconds.reset();
  ScreenshotRequest tap = Tap();
  tap.offset_seconds = 10000;
  EXPECT_DOUBLE_EQ(TimeOf(tap), 11010);
  tap.offset_seconds = 1e308;
  EXPECT_LE(TimeOf(tap), 1e9);
}

TEST_F(PlanTest, ANegativeDurationCountsAsZero) {
  session_.duration_seconds = -1;
  EXPECT_DOUBLE_EQ(TimeOf(Tap()), 0);
  EXPECT_NE(RefusalOf(Last(30)), "");
}

TEST_F(PlanTest, AnOffsetMustBeFinite) {
  for (const double offset : {kNan, kInfinity, -kInfinity}) {
    ScreenshotRequest tap = Tap();
    tap.offset_seconds = offset;
    EXPECT_EQ(RefusalOf(tap), "offset_seconds is not a finite number");
    ClipRequest clip = Last(30);
    clip.offset_seconds = offset;
    EXPECT_EQ(RefusalOf(clip), "offset_seconds is not a finite number");
  }
}

TEST_F(PlanTest, ARelativeClipEndsAtThePosition) {
  ExpectSpan(Last(30), 980, 1010);
  EXPECT_FALSE(PlanOf(Last(30)).precise);
  EXPECT_EQ(PlanOf(Last(30)).type, Type::kClip);
}

TEST_F(PlanTest, ARelativeClipFollowsTheTapAndTheOffset) {
  ClipRequest clip = Last(30);
  clip.at = arrived_ - seconds(4);
  clip.offset_seconds = -1;
  ExpectSpan(clip, 975, 1005);
}

TEST_F(PlanTest, ARelativeClipIsClampedToTheItem) {
  session_.position_seconds = 5;
  ExpectSpan(Last(30), 0, 15);
  session_.position_seconds = 4999;
  ExpectSpan(Last(30), 4970, 5000);
}

TEST_F(PlanTest, ARelativeClipOfTenMinutesIsTheLongest) {
  ExpectSpan(Last(600), 410, 1010);
  EXPECT_EQ(RefusalOf(Last(600.001)), "a clip is at most 600 seconds long");
  EXPECT_EQ(RefusalOf(Last(1e308)), "a clip is at most 600 seconds long");
}

TEST_F(PlanTest, ARelativeLengthMustBeNegative) {
  for (const double relative : {0.0, 1e-9, 30.0, 1e308}) {
    EXPECT_EQ(RefusalOf(Last(-relative)),
              "relative_seconds must be negative: -30 means the last 30 seconds");
  }
  for (const double relative : {kNan, kInfinity, -kInfinity}) {
    EXPECT_EQ(RefusalOf(Last(relative)), "relative_seconds is not a finite number");
  }
}

TEST_F(PlanTest, ASpanIsUsedAsRequested) {
  ClipRequest clip = Span(100, 130.5);
  clip.precise = true;
  ExpectSpan(clip, 100, 130.5);
  EXPECT_TRUE(PlanOf(clip).precise);
}

TEST_F(PlanTest, ASpanDoesNotFollowTheTapOrTheOffset) {
  ClipRequest clip = Span(100, 130);
  clip.at = arrived_ - seconds(60);
  clip.offset_seconds = -10;
  ExpectSpan(clip, 100, 130);
}

TEST_F(PlanTest, ASpanIsClampedToTheItem) {
  ExpectSpan(Span(-20, 10), 0, 10);
  ExpectSpan(Span(4990, 1e9), 4990, 5000);
  ExpectSpan(Span(-1e308, 600), 0, 600);
}

TEST_F(PlanTest, ASpanOutsideTheItemIsRefused) {
  EXPECT_NE(RefusalOf(Span(5000, 5010)), "");
  EXPECT_NE(RefusalOf(Span(1e12, 1e12 + 10)), "");
  EXPECT_NE(RefusalOf(Span(-30, -1)), "");
}

TEST_F(PlanTest, ASpanIsRefusedIfReversedOrEmpty) {
  for (const auto& clip : {Span(130, 100), Span(100, 100), Span(0, -0.0)}) {
    EXPECT_EQ(RefusalOf(clip), "end_seconds must be greater than start_seconds");
  }
  EXPECT_NE(RefusalOf(Span(100, 100.05)), "");
}

TEST_F(PlanTest, ASpanOfMoreThanTenMinutesIsRefused) {
  EXPECT_EQ(RefusalOf(Span(0, 600.01)), "a clip is at most 600 seconds long");
  EXPECT_EQ(RefusalOf(Span(-1e308, 1e308)), "a clip is at most 600 seconds long");
}

// Neither 0.1 nor 1000.3 is exact in binary floating point.
TEST_F(PlanTest, TheLimitsHoldForDecimalFractions) {
  for (int tenth = 0; tenth < 40000; tenth += 7) {
    const double start = tenth / 10.0;
    EXPECT_EQ(RefusalOf(Span(start, (tenth + 6000) / 10.0)), "") << start;
    EXPECT_EQ(RefusalOf(Span(start, (tenth + 1) / 10.0)), "") << start;
    session_.position_seconds = start + 700.1;
    EXPECT_EQ(RefusalOf(Last(600)), "") << start;
  }
}

TEST_F(PlanTest, ASpanNeedsTwoFiniteEnds) {
  for (const double wrong : {kNan, kInfinity, -kInfinity}) {
    EXPECT_EQ(RefusalOf(Span(wrong, 10)), "start_seconds is not a finite number");
    EXPECT_EQ(RefusalOf(Span(10, wrong)), "end_seconds is not a finite number");
  }
  ClipRequest clip = Span(1, 2);
  clip.end_seconds.reset();
  EXPECT_EQ(RefusalOf(clip), "give relative_seconds, or both start_seconds and end_seconds");
  clip = Span(1, 2);
  clip.start_seconds.reset();
  EXPECT_EQ(RefusalOf(clip), "give relative_seconds, or both start_seconds and end_seconds");
  clip.end_seconds.reset();
  EXPECT_EQ(RefusalOf(clip), "give relative_seconds, or both start_seconds and end_seconds");
}

TEST_F(PlanTest, AClipIsRelativeOrASpanAndNotBoth) {
  const std::string refusal =
      "give either relative_seconds, or start_seconds and end_seconds, not both";
  ClipRequest clip = Span(1, 2);
  clip.relative_seconds = -30;
  EXPECT_EQ(RefusalOf(clip), refusal);
  clip.end_seconds.reset();
  EXPECT_EQ(RefusalOf(clip), refusal);
}

TEST_F(PlanTest, ASessionThatCannotBeCapturedIsRefusedWithItsReason) {
  session_.capturable = false;
  session_.not_capturable_reason = "Live TV has no file to capture from.";
  EXPECT_EQ(RefusalOf(Tap(), Code::kConflict), "Live TV has no file to capture from.");
  EXPECT_EQ(RefusalOf(Last(30), Code::kConflict), "Live TV has no file to capture from.");
}

TEST_F(PlanTest, TheSameRequestHasTheSameKey) {
  ClipRequest clip = Last(30);
  clip.at = noon_;
  ClipRequest again = Last(30);
  again.at = noon_;
  again.idempotency_key = "the key is not a part of it";
  EXPECT_EQ(RequestKey(clip), RequestKey(again));
  EXPECT_EQ(PlanOf(clip).request_key, RequestKey(clip));
  EXPECT_EQ(PlanOf(Tap()).request_key, RequestKey(Tap()));
}

TEST_F(PlanTest, DifferentRequestsHaveDifferentKeys) {
  std::vector<std::string> keys = {RequestKey(Tap()),
                                   RequestKey(Last(30)),
                                   RequestKey(Last(31)),
                                   RequestKey(Span(10, 40)),
                                   RequestKey(Span(10, 41)),
                                   RequestKey(Span(11, 40)),
                                   RequestKey(Span(4999.001, 4999.2)),
                                   RequestKey(Span(4999.002, 4999.2))};
  ScreenshotRequest tap = Tap();
  tap.session_id = "plex-2";
  keys.push_back(RequestKey(tap));
  tap = Tap();
  tap.offset_seconds = -5;
  keys.push_back(RequestKey(tap));
  tap.at = noon_;
  keys.push_back(RequestKey(tap));
  tap.at = noon_ + Micros(1);
  keys.push_back(RequestKey(tap));
  ClipRequest clip = Last(30);
  clip.precise = true;
  keys.push_back(RequestKey(clip));
  clip.offset_seconds = 1;
  keys.push_back(RequestKey(clip));
  clip.at = noon_;
  keys.push_back(RequestKey(clip));
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = i + 1; j < keys.size(); ++j) EXPECT_NE(keys[i], keys[j]);
  }
}

}  // namespace
}  // namespace matinee::capture
