// The kinds of settings: what a row of the table does with a value, said once for each kind.
// Internal to this package.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/setting_table.h"
#include "config/value_parsers.h"

namespace matinee::config {

// The columns that all kinds of rows have.
struct SettingInfo {
  std::string_view section;
  std::string_view variable;
  std::string_view default_text;
  std::string_view help;
};

Setting MakeSetting(const SettingInfo& words, std::string accepts);

// Load never hands a row a list that its shape does not name.
const std::string& TextOf(const Raw& raw);

// The row of a setting that Load makes out of others where it has no value.
Setting Derived(Setting row);

using Parse = Result<std::string> (*)(std::string_view);

Setting Text(const SettingInfo& words, std::string Values::*field, std::string accepts,
             Parse parse);
Setting Path(const SettingInfo& words, std::string Values::*field);
Setting Endpoint(const SettingInfo& words, HostPort Values::*field);

// Never quoted: people paste keys into addresses.
Setting Url(const SettingInfo& words, std::string Values::*field);

// An address that holds a password. Its `set` is the table's.
Setting SecretUrl(const SettingInfo& words, std::string accepts, Secret Values::*field);

Setting Token(const SettingInfo& words, Secret Values::*field);

// A secret that is checked, but kept as it was written.
Setting SecretText(const SettingInfo& words, Secret Values::*field, std::string accepts,
                   Status (*check)(std::string_view));

template <typename Number>
Setting Integer(const SettingInfo& words, Number Values::*field, Number min, Number max) {
  Setting row = MakeSetting(words, std::to_string(min) + " to " + std::to_string(max));
  row.set = [field, min, max](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(const int64_t number, ParseInteger(TextOf(raw), min, max));
    values.*field = static_cast<Number>(number);
    return {};
  };
  row.show = [field](const Values& values) { return std::to_string(values.*field); };
  return row;
}

// An integer whose 0 means something apart from its range.
Setting IntegerOrZero(const SettingInfo& words, int Values::*field, int min, int max);

Setting Duration(const SettingInfo& words, std::chrono::milliseconds Values::*field,
                 std::chrono::milliseconds min, std::chrono::milliseconds max);
Setting Bytes(const SettingInfo& words, int64_t Values::*field);

// `choices` are the values of the enum, in its order.
template <typename Enum>
Setting Choice(const SettingInfo& words, Enum Values::*field,
               const std::vector<std::string_view>& choices) {
  std::string accepts;
  for (const std::string_view choice : choices) {
    accepts += (accepts.empty() ? "" : ", ") + std::string(choice);
  }
  Setting row = MakeSetting(words, std::move(accepts));
  row.set = [field, choices](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(const size_t index, ParseChoice(TextOf(raw), choices));
    values.*field = static_cast<Enum>(index);
    return {};
  };
  row.show = [field, choices](const Values& values) {
    return YamlScalar(choices.at(static_cast<size_t>(values.*field)));
  };
  return row;
}

// A list of texts; in the environment they stand in one, with `separator` between them.
Setting List(const SettingInfo& words, std::vector<std::string> Values::*field, char separator,
             const std::string& of, Parse parse);

Setting Mappings(const SettingInfo& words, std::vector<PathMapping> Values::*field);

}  // namespace matinee::config
