// The settings of traces: OpenTelemetry's variables.
#include "telemetry/trace_settings.h"

#include <fstream>

#include "tests/unit/load_section.h"
#include "tests/unit/temporary_folder.h"

namespace matinee {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

class OtelSettingsTest : public testing::Test {
 protected:
  TraceSettings LoadedFrom(const config::Environment& environment) {
    return loader_.LoadFrom(environment);
  }

  config::SectionLoader<TraceSettings> loader_{TraceSection};
};

TEST_F(OtelSettingsTest, IsOffWithoutAnEndpoint) {
  const TraceSettings tracing = LoadedFrom({});
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

TEST_F(OtelSettingsTest, EmptyIsNotSet) {
  EXPECT_EQ(LoadedFrom({{kEndpoint, ""}, {"OTEL_TRACES_SAMPLER", ""}, {"OTEL_SDK_DISABLED", ""}})
                .endpoint,
            "");
}

TEST_F(OtelSettingsTest, AppendsThePathToTheGeneralEndpointOnly) {
  EXPECT_EQ(LoadedFrom({{kEndpoint, "http://collector:4318/"}}).endpoint,
            "http://collector:4318/v1/traces");
  EXPECT_EQ(LoadedFrom({{kEndpoint, "https://host/otlp"}}).endpoint, "https://host/otlp/v1/traces");
  const config::Environment both = {{kEndpoint, "http://a:1"},
                                    {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:2/in/"}};
  EXPECT_EQ(LoadedFrom(both).endpoint, "http://b:2/in/");
}

TEST_F(OtelSettingsTest, CanBeTurnedOff) {
  for (const config::Environment& off : {config::Environment{{"OTEL_SDK_DISABLED", "true"}},
                                         config::Environment{{"OTEL_SDK_DISABLED", "TRUE"}},
                                         config::Environment{{"OTEL_TRACES_EXPORTER", "none"}}}) {
    config::Environment environment = off;
    environment[kEndpoint] = "http://a:1";
    EXPECT_EQ(LoadedFrom(environment).endpoint, "");
  }
}

TEST_F(OtelSettingsTest, VariablesOfTracesOverrideGeneralOnes) {
  const TraceSettings tracing = LoadedFrom({{kEndpoint, "http://a:1"},
                                            {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
                                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"},
                                            {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"},
                                            {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "c=d"}});
  EXPECT_EQ(tracing.protocol, OtlpProtocol::kProtobuf);
  EXPECT_EQ(tracing.request_timeout, milliseconds(2));
  ASSERT_EQ(tracing.headers.size(), 1U);
  EXPECT_EQ(tracing.headers[0].first, "c");
}

TEST_F(OtelSettingsTest, GeneralVariablesApplyToTraces) {
  const TraceSettings tracing = LoadedFrom(
      {{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}, {"OTEL_EXPORTER_OTLP_TIMEOUT", "1234"}});
  EXPECT_EQ(tracing.protocol, OtlpProtocol::kJson);
  EXPECT_EQ(tracing.request_timeout, milliseconds(1234));
}

TEST_F(OtelSettingsTest, HeadersAreDecodedAndStaySecret) {
  const TraceSettings settings = LoadedFrom(
      {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20s3cret%3D%2C, x-scope = a=b ,"}});
  ASSERT_EQ(settings.headers.size(), 2U);
  EXPECT_EQ(settings.headers[0].first, "authorization");
  EXPECT_EQ(settings.headers[0].second.Reveal(), "Basic s3cret=,");
  EXPECT_EQ(settings.headers[1].second.Reveal(), "a=b");
  EXPECT_THAT(loader_.printed(),
              AllOf(HasSubstr("otel_exporter_otlp_headers: \"***\""), Not(HasSubstr("s3cret"))));
}

TEST_F(OtelSettingsTest, HeadersCanBeReadFromAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder.File("headers")) << "authorization=Bearer%20x\n";
  const TraceSettings settings =
      LoadedFrom({{"OTEL_EXPORTER_OTLP_HEADERS_FILE", folder.File("headers")}});
  ASSERT_EQ(settings.headers.size(), 1U);
  EXPECT_EQ(settings.headers[0].second.Reveal(), "Bearer x");
}

TEST_F(OtelSettingsTest, ServiceNameOverridesTheAttribute) {
  const TraceSettings tracing =
      LoadedFrom({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment.environment=home%20lab"},
                  {"OTEL_SERVICE_NAME", "b"}});
  ASSERT_EQ(tracing.resource.size(), 2U);
  EXPECT_EQ(tracing.resource[0].second, "b");
  EXPECT_EQ(tracing.resource[1].second, "home lab");
  EXPECT_EQ(LoadedFrom({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}}).resource[0].second, "a");
}

TEST_F(OtelSettingsTest, AllSamplersAreKnown) {
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
        LoadedFrom({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}});
    EXPECT_EQ(tracing.sampler, sampler) << name;
    EXPECT_EQ(tracing.sampler_ratio, 0.25);
  }
}

TEST_F(OtelSettingsTest, BatchesAreSetInMilliseconds) {
  const TraceSettings tracing = LoadedFrom({{"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                            {"OTEL_BSP_EXPORT_TIMEOUT", "200"},
                                            {"OTEL_BSP_MAX_QUEUE_SIZE", "30"},
                                            {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "30"}});
  EXPECT_EQ(tracing.schedule_delay, milliseconds(100));
  EXPECT_EQ(tracing.export_timeout, milliseconds(200));
  EXPECT_EQ(tracing.queue_max, 30U);
  EXPECT_EQ(tracing.batch_max, 30U);
}

TEST_F(OtelSettingsTest, TheFileHasTheSameKeys) {
  const TraceSettings tracing =
      loader_.Load("otel_exporter_otlp_endpoint: http://a:1\notel_service_name: x\n");
  EXPECT_EQ(tracing.endpoint, "http://a:1/v1/traces");
  EXPECT_EQ(tracing.resource[0].second, "x");
}

TEST_F(OtelSettingsTest, AnInvalidValueIsAnError) {
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
    const std::string complaint = loader_.ErrorOfEnvironment({{name, value}});
    EXPECT_THAT(complaint,
                AllOf(HasSubstr(name + ":"), Not(HasSubstr("s3cret")), Not(HasSubstr("\n"))))
        << value;
  }
}

TEST_F(OtelSettingsTest, ABatchMustFitIntoTheQueue) {
  EXPECT_THAT(loader_.ErrorOfEnvironment({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}}),
              HasSubstr("must fit into the queue"));
}

TEST_F(OtelSettingsTest, IgnoresUnknownVariablesOfOpenTelemetry) {
  const TraceSettings settings = LoadedFrom({{"OTEL_LOGS_EXPORTER", "x"},
                                             {"OTEL_PROPAGATORS", "b3"},
                                             {"OTEL_EXPORTER_OTLP_ENDPOINTS", "x"}});
  EXPECT_THAT(loader_.warnings(), IsEmpty());
}

}  // namespace
}  // namespace matinee
