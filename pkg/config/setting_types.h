// The types of settings: how rows of each type parse and show a value. Internal to this package.
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

// The columns that all types share.
struct SettingInfo {
  std::string_view section;
  std::string_view variable;
  std::string_view default_text;
  std::string_view help;
};

Setting MakeSetting(const SettingInfo& info, std::string accepts);

// Returns the string. Load passes a list only to rows whose shape allows it.
const std::string& TextOf(const Raw& raw);

// Marks the row as computed.
Setting Derived(Setting row);

using Parse = Result<std::string> (*)(std::string_view);

Setting Text(const SettingInfo& info, std::string Values::*field, std::string accepts, Parse parse);
Setting Path(const SettingInfo& info, std::string Values::*field);
Setting Endpoint(const SettingInfo& info, HostPort Values::*field);

// Never quoted: users paste keys into addresses.
Setting Url(const SettingInfo& info, std::string Values::*field);

// An address with a password. The table sets its `set`.
Setting SecretUrl(const SettingInfo& info, std::string accepts, Secret Values::*field);

Setting Token(const SettingInfo& info, Secret Values::*field);

// A secret that is checked and kept as it is.
Setting SecretText(const SettingInfo& info, Secret Values::*field, std::string accepts,
                   Status (*check)(std::string_view));

template <typename Number>
Setting Integer(const SettingInfo& info, Number Values::*field, Number min, Number max) {
  Setting row = MakeSetting(info, std::to_string(min) + " to " + std::to_string(max));
  row.set = [field, min, max](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(const int64_t number, ParseInteger(TextOf(raw), min, max));
    values.*field = static_cast<Number>(number);
    return {};
  };
  row.show = [field](const Values& values) { return std::to_string(values.*field); };
  return row;
}

// An integer where 0, outside of the range, has a special meaning.
Setting IntegerOrZero(const SettingInfo& info, int Values::*field, int min, int max);

Setting Duration(const SettingInfo& info, std::chrono::milliseconds Values::*field,
                 std::chrono::milliseconds min, std::chrono::milliseconds max);
Setting Bytes(const SettingInfo& info, int64_t Values::*field);

// `choices` are the names of the enum's values, in order.
template <typename Enum>
Setting Choice(const SettingInfo& info, Enum Values::*field,
               const std::vector<std::string_view>& choices) {
  std::string accepts;
  for (const std::string_view choice : choices) {
    accepts += (accepts.empty() ? "" : ", ") + std::string(choice);
  }
  Setting row = MakeSetting(info, std::move(accepts));
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

// A list of strings; in the environment one string with `separator` between them.
Setting List(const SettingInfo& info, std::vector<std::string> Values::*field, char separator,
             const std::string& of, Parse parse);

Setting Mappings(const SettingInfo& info, std::vector<PathMapping> Values::*field);

}  // namespace matinee::config
