// Settings that hold path mappings. Internal to this package.
//
// Functions fail with kInvalidArgument and the end of a sentence that begins with the value.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/section.h"
#include "media/path_mapping.h"

namespace matinee::media {

// "/on/the/server=/here;/another=/there", or in the file a list of {from: /on/the/server, to:
// /here}.
config::Setting MappingsSetting(std::string variable, std::vector<PathMapping>& field,
                                std::string help);

// What MappingsSetting allows in the file.
const config::Shape& MappingsShape();

// Parses a value of that shape.
Result<std::vector<PathMapping>> ParseMappings(const config::Raw& raw);

// Returns the mappings as YAML.
std::string ShowMappings(const std::vector<PathMapping>& mappings);

}  // namespace matinee::media
