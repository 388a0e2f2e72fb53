// Reads raw values of the file, before a setting parses them.
//
// Thread safety: plain functions; ReadSecretFile reads a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/section.h"
#include "config/yaml_document.h"

namespace matinee::config {

constexpr size_t kSecretFileBytesMax = 16384;  // Far more than any key has.

// Returns the text of a scalar; "" for null. Fails with the end of a sentence that begins with the
// key.
Result<std::string> TextOf(const YamlNode& node);

// Returns a scalar or list of the file in the form for a setting of `shape`; nullopt if it is
// empty. Fails with the end of a sentence that begins with the key.
Result<std::optional<Raw>> RawOf(const YamlNode& node, const Shape& shape);

// Returns the string. Load passes a list only to settings whose shape allows it.
const std::string& TextOf(const Raw& raw);

// Returns the content of a secret's file, trimmed. Fails with a sentence about the file.
Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace matinee::config
