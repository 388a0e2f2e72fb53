# The tracing half of OpenTelemetry's SDK as one target, opentelemetry_sdk.
#
# Not find_package(opentelemetry-cpp): that wants the headers of gRPC and Protobuf, which belong to
# exporters that we do not use. Not pkg-config: the .pc files of Debian's package name folders that do
# not exist.
#
# HAVE_ABSEIL says, as Debian's own build does, that the library's variants are Abseil's: without it
# the headers would mean another type of the same shape.

find_library(OPENTELEMETRY_TRACE opentelemetry_trace REQUIRED)
find_library(OPENTELEMETRY_RESOURCES opentelemetry_resources REQUIRED)
find_library(OPENTELEMETRY_COMMON opentelemetry_common REQUIRED)
find_library(ABSL_BAD_VARIANT_ACCESS absl_bad_variant_access REQUIRED)
find_path(OPENTELEMETRY_INCLUDE opentelemetry/sdk/trace/tracer_provider.h REQUIRED)
find_path(ABSL_INCLUDE absl/types/variant.h REQUIRED)

add_library(opentelemetry_sdk INTERFACE IMPORTED)
target_include_directories(opentelemetry_sdk SYSTEM INTERFACE ${OPENTELEMETRY_INCLUDE} ${ABSL_INCLUDE})
target_compile_definitions(opentelemetry_sdk INTERFACE HAVE_ABSEIL OPENTELEMETRY_ABI_VERSION_NO=1)
target_link_libraries(opentelemetry_sdk INTERFACE ${OPENTELEMETRY_TRACE} ${OPENTELEMETRY_RESOURCES}
  ${OPENTELEMETRY_COMMON} ${ABSL_BAD_VARIANT_ACCESS} Threads::Threads)
