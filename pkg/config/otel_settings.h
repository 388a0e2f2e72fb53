// Parses the values of OpenTelemetry's variables, in the formats of its specification. Internal to
// this package.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/,
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/. One thing is stricter: a value that
// the specification ignores with a warning stops the start, as with all settings.
//
// Each function fails like those of value_parsers.h.
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

// Parses "key=value,key2=value2". White space around keys and values is ignored, %XX in values is
// decoded.
Result<std::vector<std::pair<std::string, std::string>>> ParsePairs(std::string_view text);

// Checks the same format for HTTP headers: valid header names, values without line breaks. Messages
// quote nothing of it.
Status CheckOtlpHeaders(std::string_view text);

// As ParseServerUrl, but keeps a trailing slash: this address is used as it is.
Result<std::string> ParseTracesUrl(std::string_view text);

// Parses a number from 0 to 1, such as "0.25".
Result<double> ParseRatio(std::string_view text);

// Makes the settings of traces from the rows of their section.
TraceSettings MakeTraceSettings(const Values& values);

}  // namespace matinee::config
