// Reads raw values, before a row of the table parses them. Internal to this package.
//
// Thread safety: plain functions; ReadSecretFile reads a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/setting_table.h"
#include "config/yaml_document.h"

namespace matinee::config {

constexpr size_t kSecretFileBytesMax = 16384;  // Far more than any key has.

// Returns the text of a scalar; "" for null. Fails with the end of a sentence that begins with the
// key.
Result<std::string> TextOf(const YamlNode& node);

// Returns a scalar or list of the file in the form for a row of `shape`; nullopt if it is empty.
// Fails with the end of a sentence that begins with the key.
Result<std::optional<Raw>> RawOf(const YamlNode& node, Shape shape);

// Returns the content of a secret's file, trimmed. Fails with a sentence about the file.
Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace matinee::config
