// Builders of settings: how each type parses and shows a value. All bind a field, whose value at
// the time of the call is the default, and take the help for the document last.
//
// Thread safety: pure functions; the field must outlive the setting.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/host_port.h"
#include "config/raw_value.h"
#include "config/section.h"
#include "config/value_parsers.h"

namespace matinee::config {

using Parse = Result<std::string> (*)(std::string_view);
using Check = Status (*)(std::string_view);

// `text` returns the field's value, as it would be written in the environment.
Setting MakeSetting(std::string variable, std::string accepts, std::string help,
                    std::function<std::string()> text);

Setting Text(std::string variable, std::string& field, std::string accepts, Parse parse,
             std::string help);
Setting Path(std::string variable, std::string& field, std::string help);
Setting Endpoint(std::string variable, HostPort& field, std::string help);

// The address of a web server. Never quoted: users paste keys into addresses.
Setting Url(std::string variable, std::string& field, std::string help,
            Parse parse = ParseServerUrl);

// A secret that is checked and kept as it is.
Setting SecretText(std::string variable, Secret& field, std::string accepts, Check check,
                   std::string help);
// A token or key, which is one word.
Setting Token(std::string variable, Secret& field, std::string help);

template <typename Number>
Setting Integer(std::string variable, Number& field, Number min, Number max, std::string help) {
  Setting setting =
      MakeSetting(std::move(variable), std::to_string(min) + " to " + std::to_string(max),
                  std::move(help), [&field] { return std::to_string(field); });
  setting.set = [&field, min, max](const Raw& raw) -> Status {
    TRY_ASSIGN(const int64_t number, ParseInteger(TextOf(raw), min, max));
    field = static_cast<Number>(number);
    return {};
  };
  return setting;
}

// An integer where 0, outside of the range, has a special meaning.
Setting IntegerOrZero(std::string variable, int& field, int min, int max, std::string help);

Setting Duration(std::string variable, std::chrono::milliseconds& field,
                 std::chrono::milliseconds min, std::chrono::milliseconds max, std::string help);
Setting Bytes(std::string variable, int64_t& field, std::string help);

// `choices` are the names of the enum's values, in order.
template <typename Enum>
Setting Choice(std::string variable, Enum& field, std::vector<std::string_view> choices,
               std::string help) {
  std::string accepts;
  for (const std::string_view choice : choices) {
    accepts += (accepts.empty() ? "" : ", ") + std::string(choice);
  }
  Setting setting = MakeSetting(
      std::move(variable), std::move(accepts), std::move(help),
      [&field, choices] { return std::string(choices.at(static_cast<size_t>(field))); });
  setting.set = [&field, choices = std::move(choices)](const Raw& raw) -> Status {
    TRY_ASSIGN(const size_t index, ParseChoice(TextOf(raw), choices));
    field = static_cast<Enum>(index);
    return {};
  };
  return setting;
}

// A list of strings; in the environment one string with `separator` between them.
Setting List(std::string variable, std::vector<std::string>& field, char separator,
             const std::string& of, Parse parse, std::string help);

}  // namespace matinee::config
