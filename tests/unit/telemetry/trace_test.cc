#include "telemetry/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "fake_transport.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const TraceContext kIncoming{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "congo=t6"};

SpanOptions ChildOf(const TraceContext& context) {
  SpanOptions options;
  options.parent = &context;
  return options;
}

std::string TraceIdOf(const std::string& traceparent) {
  return traceparent.substr(3, 32);
}
std::string SpanIdOf(const std::string& traceparent) {
  return traceparent.substr(36, 16);
}

class TraceTest : public testing::Test {
 protected:
  TraceTest() {
    settings_.endpoint = "http://collector/v1/traces";
    settings_.protocol = OtlpProtocol::kJson;
    settings_.resource = {{"service.name", "matinee"}};
    settings_.schedule_delay = milliseconds(20);
  }
  ~TraceTest() override { ShutdownTracing(milliseconds(0)); }

  void Enable() { ASSERT_TRUE(ConfigureTracing(settings_, transport_, &metrics_)); }
  // Returns what the collector has received in the end.
  std::string Exported() {
    ShutdownTracing(milliseconds(2000));
    return transport_.bodies();
  }

  TraceSettings settings_;
  FakeTransport transport_;
  Metrics metrics_;
};

TEST_F(TraceTest, ASpanReachesTheCollectorWithNameKindAndAttributes) {
  Enable();
  {
    SpanOptions options;
    options.kind = SpanKind::kClient;
    Span span("work", options);
    EXPECT_TRUE(span.recording());
    span.Set("text", "a");
    span.Set("number", 5);
    span.Set("size", size_t{6});
    span.Set("real", 0.25);
    span.Set("flag", true);
  }
  const std::string body = Exported();
  EXPECT_THAT(body, HasSubstr(R"("name":"work","kind":3)"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"({"key":"text","value":{"stringValue":"a"}},{"key":"number","value":{"intValue":"5"}})"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"({"key":"size","value":{"intValue":"6"}},{"key":"real","value":{"doubleValue":0.25}})"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"flag","value":{"boolValue":true}})"));
  EXPECT_THAT(body, Not(HasSubstr("parentSpanId")));
  EXPECT_THAT(body, Not(HasSubstr("status")));
}

TEST_F(TraceTest, AnErrorIsAStatusAndTheNameOfItsCode) {
  Enable();
  { Span("work").SetError(Error{Code::kMediaError, "the media file is truncated"}); }
  const std::string body = Exported();
  EXPECT_THAT(body, HasSubstr(R"({"key":"error.type","value":{"stringValue":"media_error"}})"));
  EXPECT_THAT(body, HasSubstr(R"("status":{"code":2})"));
  EXPECT_THAT(body, Not(HasSubstr("truncated")));
}

TEST_F(TraceTest, TheCurrentSpanIsTheParent) {
  Enable();
  std::string outer_id;
  std::string trace_id;
  {
    const Span outer("outer");
    outer_id = SpanIdOf(outer.traceparent());
    trace_id = TraceIdOf(outer.traceparent());
    const ActiveSpan active(outer);
    EXPECT_EQ(CurrentTraceContext(), outer.context());
    const Span inner("inner");
    EXPECT_EQ(TraceIdOf(inner.traceparent()), trace_id);
  }
  EXPECT_TRUE(CurrentTraceContext().empty());
  EXPECT_THAT(Exported(), HasSubstr("\"parentSpanId\":\"" + outer_id + "\",\"name\":\"inner\""));
}

TEST_F(TraceTest, ActiveSpansNest) {
  Enable();
  const Span a("a");
  const Span b("b");
  const ActiveSpan first(a);
  {
    const ActiveSpan second(b);
    EXPECT_EQ(CurrentTraceContext(), b.context());
    const ActiveSpan none{SpanRef()};
    EXPECT_EQ(CurrentTraceContext(), b.context());
  }
  EXPECT_EQ(CurrentTraceContext(), a.context());
}

TEST_F(TraceTest, ATraceContinuesOnAnotherThread) {
  Enable();
  const Span span("span");
  std::function<void()> task;
  {
    const ActiveSpan active(span);
    task = WithCurrentSpan([&span] { EXPECT_EQ(CurrentTraceContext(), span.context()); });
  }
  std::thread(task).join();
  EXPECT_TRUE(CurrentTraceContext().empty());
}

TEST_F(TraceTest, WithCurrentSpanForwardsArgumentsAndResults) {
  auto add = WithCurrentSpan([](int a, std::unique_ptr<int> b) { return a + *b; });
  EXPECT_EQ(add(1, std::make_unique<int>(2)), 3);
}

TEST_F(TraceTest, AnIncomingTraceContinues) {
  Enable();
  std::string own;
  {
    const Span span("span", ChildOf(kIncoming));
    own = span.traceparent();
    EXPECT_EQ(TraceIdOf(own), TraceIdOf(kIncoming.traceparent));
    EXPECT_NE(SpanIdOf(own), SpanIdOf(kIncoming.traceparent));
    EXPECT_EQ(span.context().tracestate, kIncoming.tracestate);
  }
  const std::string body = Exported();
  EXPECT_THAT(body, HasSubstr("\"parentSpanId\":\"00f067aa0ba902b7\""));
  EXPECT_THAT(body, HasSubstr("\"flags\":769"));  // Sampled, remote parent.
  EXPECT_THAT(body, HasSubstr(R"("traceState":"congo=t6")"));
}

TEST_F(TraceTest, AMalformedContextStartsANewTraceEvenInsideASpan) {
  Enable();
  const Span outer("outer");
  const ActiveSpan active(outer);
  for (const TraceContext& bad : {TraceContext(), TraceContext{"00-nonsense", "a=1"}}) {
    const Span span("span", ChildOf(bad));
    EXPECT_TRUE(span.recording());
    EXPECT_NE(TraceIdOf(span.traceparent()), TraceIdOf(outer.traceparent()));
    EXPECT_EQ(span.context().tracestate, "");
  }
}

TEST_F(TraceTest, ALinkIsExported) {
  Enable();
  {
    SpanOptions options;
    options.link = &kIncoming;
    const Span span("span", options);
    EXPECT_NE(TraceIdOf(span.traceparent()), TraceIdOf(kIncoming.traceparent));
  }
  EXPECT_THAT(Exported(), HasSubstr(R"("links":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736")"));
}

TEST_F(TraceTest, AStartInThePastIsExported) {
  Enable();
  {
    SpanOptions options;
    options.start = SpanStart{WallTime(std::chrono::seconds(1'700'000'000)),
                              std::chrono::steady_clock::now() - std::chrono::seconds(3)};
    const Span span("span", options);
  }
  EXPECT_THAT(
      Exported(),
      HasSubstr(R"("startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000003)"));
}

TEST_F(TraceTest, ASpanThatIsOnlyAChildDoesNotStartATrace) {
  Enable();
  SpanOptions options;
  options.only_as_child = true;
  EXPECT_FALSE(Span("alone", options).recording());
  EXPECT_EQ(Span("alone", options).traceparent(), "");
  const Span outer("outer");
  const ActiveSpan active(outer);
  EXPECT_TRUE(Span("part", options).recording());
}

TEST_F(TraceTest, TheSamplingDecisionOfTheCallerIsKept) {
  Enable();
  const TraceContext unsampled{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", ""};
  {
    const Span span("span", ChildOf(unsampled));
    EXPECT_FALSE(span.recording());
    EXPECT_THAT(span.traceparent(), MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-.{16}-00"));
  }
  EXPECT_EQ(Exported(), "");
}

TEST_F(TraceTest, TheSamplerDecides) {
  const auto samples = [&](TraceSampler sampler, double ratio, const TraceContext& parent) {
    settings_.sampler = sampler;
    settings_.sampler_ratio = ratio;
    Enable();
    const bool recording = Span("span", ChildOf(parent)).recording();
    ShutdownTracing(milliseconds(0));
    return recording;
  };
  const TraceContext unsampled{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", ""};
  EXPECT_TRUE(samples(TraceSampler::kAlwaysOn, 0, unsampled));
  EXPECT_FALSE(samples(TraceSampler::kAlwaysOff, 1, kIncoming));
  EXPECT_TRUE(samples(TraceSampler::kRatio, 1, unsampled));
  EXPECT_FALSE(samples(TraceSampler::kRatio, 0, kIncoming));
  EXPECT_TRUE(samples(TraceSampler::kParentBasedAlwaysOff, 1, kIncoming));
  EXPECT_FALSE(samples(TraceSampler::kParentBasedAlwaysOff, 1, {}));
  EXPECT_TRUE(samples(TraceSampler::kParentBasedRatio, 0, kIncoming));
  EXPECT_FALSE(samples(TraceSampler::kParentBasedRatio, 0, {}));
  EXPECT_FALSE(samples(TraceSampler::kParentBasedAlwaysOn, 1, unsampled));
}

TEST_F(TraceTest, NothingIsRecordedOrSentWhileOff) {
  Span span("span");
  EXPECT_FALSE(span.recording());
  EXPECT_EQ(span.traceparent(), "");
  span.Set("key", "value");
  span.SetError("x");
  const ActiveSpan active(span);
  EXPECT_FALSE(CurrentSpanIds());
  EXPECT_EQ(transport_.bodies(), "");
}

TEST_F(TraceTest, TheIncomingContextIsStillPropagatedWhileOff) {
  const Span server("server", ChildOf(kIncoming));
  EXPECT_FALSE(server.recording());
  EXPECT_EQ(server.context(), kIncoming);
  const ActiveSpan active(server);
  const Span client("client");
  EXPECT_EQ(client.context(), kIncoming);
  EXPECT_EQ(CurrentTraceContext(), kIncoming);
}

TEST_F(TraceTest, TracingStaysOffWithoutAnEndpoint) {
  settings_.endpoint = "";
  Enable();
  EXPECT_FALSE(Span("span").recording());
}

TEST_F(TraceTest, AMovedSpanEndsOnce) {
  Enable();
  {
    Span first("moved");
    Span second = std::move(first);
    EXPECT_FALSE(first.recording());  // NOLINT(bugprone-use-after-move): that is the question.
    EXPECT_TRUE(second.recording());
    second.End();
    second.Set("late", 1);
  }
  const std::string body = Exported();
  EXPECT_EQ(body.find("moved"), body.rfind("moved"));
  EXPECT_THAT(body, Not(HasSubstr("late")));
}

TEST_F(TraceTest, AFullQueueDropsAndCountsSpans) {
  settings_.queue_max = 8;
  settings_.batch_max = 4;
  Enable();
  transport_.Hang();
  { Span("first"); }
  transport_.AwaitPosts(1);
  for (int i = 0; i < 20; ++i) Span("more");
  EXPECT_THAT(metrics_.Scrape(),
              HasSubstr("matinee_trace_spans_dropped_total{reason=\"queue_full\"} 13"));
}

TEST_F(TraceTest, ACollectorThatHangsDoesNotDelayShutdown) {
  Enable();
  transport_.Hang();
  { Span("span"); }
  transport_.AwaitPosts(1);
  { Span("another"); }
  const auto begin = std::chrono::steady_clock::now();
  ShutdownTracing(milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(TraceTest, ShutdownSendsQueuedSpans) {
  settings_.schedule_delay = std::chrono::minutes(10);
  Enable();
  { Span("last"); }
  EXPECT_THAT(Exported(), HasSubstr("\"last\""));
}

TEST_F(TraceTest, ASpanMayOutliveTracing) {
  Enable();
  Span span("span");
  const ActiveSpan active(span);
  ShutdownTracing(milliseconds(100));
  span.Set("late", 1);
  span.End();
  EXPECT_FALSE(Span("new").recording());
  EXPECT_EQ(transport_.bodies(), "");
}

TEST_F(TraceTest, TheSdkDoesNotReadTheEnvironment) {
  setenv("OTEL_SERVICE_NAME", "environment", 1);              // NOLINT(concurrency-mt-unsafe)
  setenv("OTEL_RESOURCE_ATTRIBUTES", "from=environment", 1);  // NOLINT(concurrency-mt-unsafe)
  setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://environment:1",
         1);                                       // NOLINT(concurrency-mt-unsafe)
  setenv("OTEL_TRACES_SAMPLER", "always_off", 1);  // NOLINT(concurrency-mt-unsafe)
  setenv("OTEL_SDK_DISABLED", "true", 1);          // NOLINT(concurrency-mt-unsafe)
  Enable();
  { Span("span"); }
  EXPECT_THAT(Exported(), Not(HasSubstr("environment")));
  ASSERT_EQ(transport_.posts().size(), 1U);
  EXPECT_EQ(transport_.posts()[0].url, settings_.endpoint);
  for (const char* name :
       {"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_TRACES_SAMPLER", "OTEL_SDK_DISABLED"}) {
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  }
}

TEST_F(TraceTest, LogLinesNameTheCurrentSpan) {
  Enable();
  ConfigureLog(Severity::kInfo, LogFormat::kJson);
  testing::internal::CaptureStderr();
  const Span span("span");
  {
    const ActiveSpan active(span);
    Log(Severity::kInfo, "test", "inside");
  }
  Log(Severity::kInfo, "test", "outside");
  const std::string log = testing::internal::GetCapturedStderr();
  ConfigureLog(Severity::kInfo, LogFormat::kText);
  EXPECT_THAT(log, HasSubstr("\"msg\":\"inside\",\"trace_id\":\"" + TraceIdOf(span.traceparent()) +
                             "\",\"span_id\":\"" + SpanIdOf(span.traceparent()) +
                             "\",\"trace_flags\":\"01\"}"));
  EXPECT_THAT(log, HasSubstr("\"msg\":\"outside\"}"));
}

TEST_F(TraceTest, ManyThreadsStartSpansAtOnce) {
  settings_.queue_max = 65536;
  Enable();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) {
        Span outer("outer");
        const ActiveSpan active(outer);
        Span("inner").Set("i", i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  Exported();
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("matinee_trace_spans_exported_total 4000"));
}

}  // namespace
}  // namespace matinee
