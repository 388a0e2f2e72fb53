// Values as they are found, before a row of the table reads them. Internal to this package.
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

// The text of a scalar; "" for nothing. Fails with the end of a sentence that begins with the key.
Result<std::string> TextOf(const YamlNode& node);

// A scalar or a list of the file in the form that a row of `shape` takes; nothing if it is empty.
// Fails with the end of a sentence that begins with the key.
Result<std::optional<Raw>> RawOf(const YamlNode& node, Shape shape);

// The content of a secret's file, without white space at its ends. Fails with a sentence about the
// file.
Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace matinee::config
