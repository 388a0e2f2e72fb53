// The values that OpenTelemetry's variables have, in the forms that its specification gives them.
// Internal to this package.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/,
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/. In one thing we are stricter: a
// value that the specification would have ignored with a warning stops the start, as everywhere
// here.
//
// Each function fails as those of values.h do.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/setting_table.h"

namespace matinee::config {

constexpr size_t kResourceAttributesMax = 64;  // A program has a dozen.

// "key=value,key2=value2"; white space around keys and values does not count, %XX in values is
// decoded.
Result<std::vector<std::pair<std::string, std::string>>> ParsePairs(std::string_view text);

// The same, for headers of HTTP: the names are names of headers, the values have no line ends. No
// message quotes anything of it.
Status CheckOtlpHeaders(std::string_view text);

// As ParseServerUrl, but a slash at the end stays: this address is used as it is.
Result<std::string> ParseTracesUrl(std::string_view text);

// "0.25", from 0 to 1.
Result<double> ParseRatio(std::string_view text);

// What the rows of the section on traces come to.
TraceSettings MakeTraceSettings(const Values& values);

}  // namespace matinee::config
