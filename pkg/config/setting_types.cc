#include "config/setting_types.h"

#include "base/strings.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;

Result<std::string> AnyPath(std::string_view text) {
  return TrimPath(text);
}

std::string Join(const std::vector<std::string>& items, char separator) {
  std::string text;
  for (const std::string& item : items)
    text += (text.empty() ? "" : std::string(1, separator)) + item;
  return text;
}

std::vector<std::string> ItemsOf(const Raw& raw, char separator) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&raw)) return *list;
  std::vector<std::string> items;
  for (const auto item : Split(TextOf(raw), separator)) items.emplace_back(Trim(item));
  return items;
}

Result<std::vector<std::string>> ParseItems(const std::vector<std::string>& items, Parse parse) {
  if (items.size() > kListItemsMax) {
    return Refuse("has more than " + std::to_string(kListItemsMax) + " entries");
  }
  std::vector<std::string> parsed;
  for (const std::string& item : items) {
    if (item.empty()) continue;
    auto one = parse(item);
    if (!one) {
      return Refuse("has the entry \"" + EscapeUnprintable(item) + "\", which " +
                    one.error().message);
    }
    parsed.push_back(*std::move(one));
  }
  return parsed;
}

}  // namespace

Setting MakeSetting(std::string variable, std::string accepts, std::string help,
                    std::function<std::string()> text) {
  Setting setting;
  setting.variable = std::move(variable);
  setting.accepts = std::move(accepts);
  setting.help = std::move(help);
  setting.default_text = text();
  setting.show = [text = std::move(text)] { return YamlScalar(text()); };
  return setting;
}

Setting Text(std::string variable, std::string& field, std::string accepts, Parse parse,
             std::string help) {
  Setting setting = MakeSetting(std::move(variable), std::move(accepts), std::move(help),
                                [&field] { return field; });
  setting.set = [&field, parse](const Raw& raw) -> Status {
    TRY_ASSIGN(field, parse(TextOf(raw)));
    return {};
  };
  return setting;
}

Setting Path(std::string variable, std::string& field, std::string help) {
  return Text(std::move(variable), field, "a path", AnyPath, std::move(help));
}

Setting Endpoint(std::string variable, HostPort& field, std::string help) {
  Setting setting = MakeSetting(std::move(variable), "host:port", std::move(help),
                                [&field] { return ToString(field); });
  setting.set = [&field](const Raw& raw) -> Status {
    TRY_ASSIGN(field, ParseHostPort(TextOf(raw)));
    return {};
  };
  return setting;
}

Setting Url(std::string variable, std::string& field, std::string help, Parse parse) {
  Setting setting =
      Text(std::move(variable), field, "http://… or https://…", parse, std::move(help));
  setting.quotable = false;
  return setting;
}

Setting SecretText(std::string variable, Secret& field, std::string accepts, Check check,
                   std::string help) {
  Setting setting = MakeSetting(std::move(variable), std::move(accepts), std::move(help),
                                [&field] { return field.empty() ? "" : "***"; });
  setting.secret = true;
  setting.quotable = false;
  setting.set = [&field, check](const Raw& raw) -> Status {
    TRY(check(TextOf(raw)));
    field = Secret(TextOf(raw));
    return {};
  };
  return setting;
}

Setting Token(std::string variable, Secret& field, std::string help) {
  return SecretText(std::move(variable), field, "one word", CheckToken, std::move(help));
}

Setting IntegerOrZero(std::string variable, int& field, int min, int max, std::string help) {
  Setting setting = Integer(std::move(variable), field, min, max, std::move(help));
  setting.accepts = "0, or " + setting.accepts;
  setting.set = [&field, set = setting.set](const Raw& raw) -> Status {
    if (TextOf(raw) != "0") {
      const Status status = set(raw);
      if (status) return {};
      return Fail(status.error().code, status.error().message + ", and not 0");
    }
    field = 0;
    return {};
  };
  return setting;
}

Setting Duration(std::string variable, milliseconds& field, milliseconds min, milliseconds max,
                 std::string help) {
  Setting setting =
      MakeSetting(std::move(variable), FormatDuration(min) + " to " + FormatDuration(max),
                  std::move(help), [&field] { return FormatDuration(field); });
  setting.set = [&field, min, max](const Raw& raw) -> Status {
    TRY_ASSIGN(field, ParseDuration(TextOf(raw), min, max));
    return {};
  };
  return setting;
}

Setting Bytes(std::string variable, int64_t& field, std::string help) {
  Setting setting = MakeSetting(std::move(variable), "bytes, or with K, M, G, T", std::move(help),
                                [&field] { return std::to_string(field); });
  setting.set = [&field](const Raw& raw) -> Status {
    TRY_ASSIGN(field, ParseBytes(TextOf(raw)));
    return {};
  };
  return setting;
}

Setting List(std::string variable, std::vector<std::string>& field, char separator,
             const std::string& of, Parse parse, std::string help) {
  Setting setting =
      MakeSetting(std::move(variable), "list of " + of + ", separated by \"" + separator + "\"",
                  std::move(help), [&field, separator] { return Join(field, separator); });
  setting.shape.kind = Shape::Kind::kList;
  setting.set = [&field, separator, parse](const Raw& raw) -> Status {
    TRY_ASSIGN(field, ParseItems(ItemsOf(raw, separator), parse));
    return {};
  };
  setting.show = [&field] {
    std::string shown;
    for (const std::string& item : field) shown += (shown.empty() ? "[" : ", ") + YamlScalar(item);
    return shown.empty() ? "[]" : shown + "]";
  };
  return setting;
}

}  // namespace matinee::config
