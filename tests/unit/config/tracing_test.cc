// The settings of traces: OpenTelemetry's variables.
#include "config_fixture.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

TEST(OtelSettingsTest, IsOffWithoutAnEndpoint) {
  const TraceSettings tracing = LoadedFrom({}).tracing;
  EXPECT_EQ(tracing.endpoint, "");
  EXPECT_EQ(tracing.protocol, OtlpProtocol::kProtobuf);
  EXPECT_THAT(tracing.headers, IsEmpty());
  EXPECT_EQ(tracing.request_timeout, milliseconds(10'000));
  EXPECT_EQ(tracing.sampler, TraceSampler::kParentBasedAlwaysOn);
  EXPECT_EQ(tracing.sampler_ratio, 1);
  EXPECT_EQ(tracing.schedule_delay, milliseconds(5'000));
  EXPECT_EQ(tracing.export_timeout, milliseconds(30'000));
  EXPECT_EQ(tracing.queue_max, 2048U);
  EXPECT_EQ(tracing.batch_max, 512U);
  ASSERT_EQ(tracing.resource.size(), 1U);
  EXPECT_EQ(tracing.resource[0],
            std::make_pair(std::string("service.name"), std::string("matinee")));
}

TEST(OtelSettingsTest, EmptyIsNotSet) {
  EXPECT_EQ(LoadedFrom({{kEndpoint, ""}, {"OTEL_TRACES_SAMPLER", ""}, {"OTEL_SDK_DISABLED", ""}})
                .tracing.endpoint,
            "");
}

TEST(OtelSettingsTest, AppendsThePathToTheGeneralEndpointOnly) {
  EXPECT_EQ(LoadedFrom({{kEndpoint, "http://collector:4318/"}}).tracing.endpoint,
            "http://collector:4318/v1/traces");
  EXPECT_EQ(LoadedFrom({{kEndpoint, "https://host/otlp"}}).tracing.endpoint,
            "https://host/otlp/v1/traces");
  const Environment both = {{kEndpoint, "http://a:1"},
                            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:2/in/"}};
  EXPECT_EQ(LoadedFrom(both).tracing.endpoint, "http://b:2/in/");
}

TEST(OtelSettingsTest, CanBeTurnedOff) {
  for (const Environment& off :
       {Environment{{"OTEL_SDK_DISABLED", "true"}}, Environment{{"OTEL_SDK_DISABLED", "TRUE"}},
        Environment{{"OTEL_TRACES_EXPORTER", "none"}}}) {
    Environment environment = off;
    environment[kEndpoint] = "http://a:1";
    EXPECT_EQ(LoadedFrom(environment).tracing.endpoint, "");
  }
}

TEST(OtelSettingsTest, VariablesOfTracesOverrideGeneralOnes) {
  const TraceSettings tracing = LoadedFrom({{kEndpoint, "http://a:1"},
                                            {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
                                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"},
                                            {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "c=d"}})
                                    .tracing;
  EXPECT_EQ(tracing.protocol, OtlpProtocol::kProtobuf);
  EXPECT_EQ(tracing.request_timeout, milliseconds(2));
  ASSERT_EQ(tracing.headers.size(), 1U);
  EXPECT_EQ(tracing.headers[0].first, "c");
}

TEST(OtelSettingsTest, GeneralVariablesApplyToTraces) {
  const TraceSettings tracing = LoadedFrom({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "1234"}})
                                    .tracing;
  EXPECT_EQ(tracing.protocol, OtlpProtocol::kJson);
  EXPECT_EQ(tracing.request_timeout, milliseconds(1234));
}

TEST(OtelSettingsTest, HeadersAreDecodedAndStaySecret) {
  const Settings settings = LoadedFrom(
      {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20s3cret%3D%2C, x-scope = a=b ,"}});
  ASSERT_EQ(settings.tracing.headers.size(), 2U);
  EXPECT_EQ(settings.tracing.headers[0].first, "authorization");
  EXPECT_EQ(settings.tracing.headers[0].second.Reveal(), "Basic s3cret=,");
  EXPECT_EQ(settings.tracing.headers[1].second.Reveal(), "a=b");
  EXPECT_THAT(PrintConfig(settings),
              AllOf(HasSubstr("otel_exporter_otlp_headers: \"***\""), Not(HasSubstr("s3cret"))));
}

TEST(OtelSettingsTest, HeadersCanBeReadFromAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder.File("headers")) << "authorization=Bearer%20x\n";
  const Settings settings =
      LoadedFrom({{"OTEL_EXPORTER_OTLP_HEADERS_FILE", folder.File("headers")}});
  ASSERT_EQ(settings.tracing.headers.size(), 1U);
  EXPECT_EQ(settings.tracing.headers[0].second.Reveal(), "Bearer x");
}

TEST(OtelSettingsTest, ServiceNameOverridesTheAttribute) {
  const TraceSettings tracing =
      LoadedFrom({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment.environment=home%20lab"},
                  {"OTEL_SERVICE_NAME", "b"}})
          .tracing;
  ASSERT_EQ(tracing.resource.size(), 2U);
  EXPECT_EQ(tracing.resource[0].second, "b");
  EXPECT_EQ(tracing.resource[1].second, "home lab");
  EXPECT_EQ(LoadedFrom({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}}).tracing.resource[0].second,
            "a");
}

TEST(OtelSettingsTest, AllSamplersAreKnown) {
  const std::vector<std::pair<std::string, TraceSampler>> samplers = {
      {"always_on", TraceSampler::kAlwaysOn},
      {"always_off", TraceSampler::kAlwaysOff},
      {"traceidratio", TraceSampler::kRatio},
      {"parentbased_always_on", TraceSampler::kParentBasedAlwaysOn},
      {"parentbased_always_off", TraceSampler::kParentBasedAlwaysOff},
      {"parentbased_traceidratio", TraceSampler::kParentBasedRatio},
  };
  for (const auto& [name, sampler] : samplers) {
    const TraceSettings tracing =
        LoadedFrom({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}}).tracing;
    EXPECT_EQ(tracing.sampler, sampler) << name;
    EXPECT_EQ(tracing.sampler_ratio, 0.25);
  }
}

TEST(OtelSettingsTest, BatchesAreSetInMilliseconds) {
  const TraceSettings tracing = LoadedFrom({{"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                            {"OTEL_BSP_EXPORT_TIMEOUT", "200"},
                                            {"OTEL_BSP_MAX_QUEUE_SIZE", "30"},
                                            {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "30"}})
                                    .tracing;
  EXPECT_EQ(tracing.schedule_delay, milliseconds(100));
  EXPECT_EQ(tracing.export_timeout, milliseconds(200));
  EXPECT_EQ(tracing.queue_max, 30U);
  EXPECT_EQ(tracing.batch_max, 30U);
}

TEST(OtelSettingsTest, TheFileHasTheSameKeys) {
  const TraceSettings tracing =
      Loaded("otel_exporter_otlp_endpoint: http://a:1\notel_service_name: x\n").tracing;
  EXPECT_EQ(tracing.endpoint, "http://a:1/v1/traces");
  EXPECT_EQ(tracing.resource[0].second, "x");
}

TEST(OtelSettingsTest, AnInvalidValueIsAnError) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {kEndpoint, "collector:4318"},
      {kEndpoint, "http://user:s3cret@host"},
      {kEndpoint, "http://host/?key=s3cret"},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "s3cret"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "a b=s3cret"},
      {"OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%0d%0aX: y"},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "0"},
      {"OTEL_RESOURCE_ATTRIBUTES", "a"},
      {"OTEL_TRACES_SAMPLER", "jaeger_remote"},
      {"OTEL_TRACES_SAMPLER_ARG", "1.5"},
      {"OTEL_SDK_DISABLED", "yes"},
      {"OTEL_TRACES_EXPORTER", "zipkin"},
      {"OTEL_BSP_SCHEDULE_DELAY", "-1"},
      {"OTEL_BSP_MAX_QUEUE_SIZE", "0"},
  };
  for (const auto& [name, value] : wrong) {
    const std::string complaint = ErrorOfEnvironment({{name, value}});
    EXPECT_THAT(complaint,
                AllOf(HasSubstr(name + ":"), Not(HasSubstr("s3cret")), Not(HasSubstr("\n"))))
        << value;
  }
}

TEST(OtelSettingsTest, ABatchMustFitIntoTheQueue) {
  EXPECT_THAT(ErrorOfEnvironment({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}}),
              HasSubstr("must fit into the queue"));
}

TEST(OtelSettingsTest, IgnoresUnknownVariablesOfOpenTelemetry) {
  const Settings settings = LoadedFrom({{"OTEL_LOGS_EXPORTER", "x"},
                                        {"OTEL_PROPAGATORS", "b3"},
                                        {"OTEL_EXPORTER_OTLP_ENDPOINTS", "x"}});
  EXPECT_THAT(settings.warnings, IsEmpty());
}

}  // namespace
}  // namespace matinee::config
