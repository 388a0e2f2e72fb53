#include "config/setting_types.h"

#include "base/strings.h"

namespace matinee::config {
namespace {

using std::chrono::milliseconds;

Result<std::string> AnyPath(std::string_view text) {
  return TrimPath(text);
}

}  // namespace

Setting MakeSetting(const SettingInfo& info, std::string accepts) {
  Setting row;
  row.section = info.section;
  row.variable = info.variable;
  row.default_text = info.default_text;
  row.help = info.help;
  row.accepts = std::move(accepts);
  return row;
}

const std::string& TextOf(const Raw& raw) {
  return std::get<std::string>(raw);
}

Setting Derived(Setting row) {
  row.computed = true;
  return row;
}

Setting Text(const SettingInfo& info, std::string Values::*field, std::string accepts,
             Parse parse) {
  Setting row = MakeSetting(info, std::move(accepts));
  row.set = [field, parse](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.*field, parse(TextOf(raw)));
    return {};
  };
  row.show = [field](const Values& values) { return YamlScalar(values.*field); };
  return row;
}

Setting Path(const SettingInfo& info, std::string Values::*field) {
  return Text(info, field, "a path", AnyPath);
}

Setting Endpoint(const SettingInfo& info, HostPort Values::*field) {
  Setting row = MakeSetting(info, "host:port");
  row.set = [field](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.*field, ParseHostPort(TextOf(raw)));
    return {};
  };
  row.show = [field](const Values& values) { return YamlScalar(ToString(values.*field)); };
  return row;
}

Setting Url(const SettingInfo& info, std::string Values::*field) {
  Setting row = Text(info, field, "http://… or https://…", ParseServerUrl);
  row.quotable = false;
  return row;
}

Setting SecretUrl(const SettingInfo& info, std::string accepts, Secret Values::*field) {
  Setting row = MakeSetting(info, std::move(accepts));
  row.secret = true;
  row.quotable = false;
  row.show = [field](const Values& values) {
    return (values.*field).empty() ? YamlScalar("") : YamlScalar("***");
  };
  return row;
}

Setting Token(const SettingInfo& info, Secret Values::*field) {
  Setting row = MakeSetting(info, "one word");
  row.secret = true;
  row.quotable = false;
  row.set = [field](Values& values, const Raw& raw) -> Status {
    TRY(CheckToken(TextOf(raw)));
    values.*field = Secret(TextOf(raw));
    return {};
  };
  row.show = [field](const Values& values) {
    return (values.*field).empty() ? YamlScalar("") : YamlScalar("***");
  };
  return row;
}

Setting SecretText(const SettingInfo& info, Secret Values::*field, std::string accepts,
                   Status (*check)(std::string_view)) {
  Setting row = Token(info, field);
  row.accepts = std::move(accepts);
  row.set = [field, check](Values& values, const Raw& raw) -> Status {
    TRY(check(TextOf(raw)));
    values.*field = Secret(TextOf(raw));
    return {};
  };
  return row;
}

Setting IntegerOrZero(const SettingInfo& info, int Values::*field, int min, int max) {
  Setting row = Integer(info, field, min, max);
  row.accepts = "0, or " + row.accepts;
  row.set = [field, set = row.set](Values& values, const Raw& raw) -> Status {
    if (TextOf(raw) != "0") {
      const Status status = set(values, raw);
      if (status) return {};
      return Fail(status.error().code, status.error().message + ", and not 0");
    }
    values.*field = 0;
    return {};
  };
  return row;
}

Setting Duration(const SettingInfo& info, milliseconds Values::*field, milliseconds min,
                 milliseconds max) {
  Setting row = MakeSetting(info, FormatDuration(min) + " to " + FormatDuration(max));
  row.set = [field, min, max](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.*field, ParseDuration(TextOf(raw), min, max));
    return {};
  };
  row.show = [field](const Values& values) { return FormatDuration(values.*field); };
  return row;
}

Setting Bytes(const SettingInfo& info, int64_t Values::*field) {
  Setting row = MakeSetting(info, "bytes, or with K, M, G, T");
  row.set = [field](Values& values, const Raw& raw) -> Status {
    TRY_ASSIGN(values.*field, ParseBytes(TextOf(raw)));
    return {};
  };
  row.show = [field](const Values& values) { return std::to_string(values.*field); };
  return row;
}

Setting List(const SettingInfo& info, std::vector<std::string> Values::*field, char separator,
             const std::string& of, Parse parse) {
  Setting row = MakeSetting(info, "list of " + of + ", separated by \"" + separator + "\"");
  row.shape = Shape::kList;
  row.set = [field, separator, parse](Values& values, const Raw& raw) -> Status {
    std::vector<std::string> items;
    if (const auto* list = std::get_if<std::vector<std::string>>(&raw)) {
      items = *list;
    } else {
      for (const auto item : Split(TextOf(raw), separator)) items.emplace_back(Trim(item));
    }
    if (items.size() > kListItemsMax) {
      return Fail(Code::kInvalidArgument,
                  "has more than " + std::to_string(kListItemsMax) + " entries");
    }
    std::vector<std::string> parsed;
    for (const std::string& item : items) {
      if (item.empty()) continue;
      auto one = parse(item);
      if (!one) {
        return Fail(Code::kInvalidArgument, "has the entry \"" + EscapeUnprintable(item) +
                                                "\", which " + one.error().message);
      }
      parsed.push_back(*std::move(one));
    }
    values.*field = std::move(parsed);
    return {};
  };
  row.show = [field](const Values& values) {
    std::string shown;
    for (const std::string& item : values.*field) {
      shown += (shown.empty() ? "[" : ", ") + YamlScalar(item);
    }
    return shown.empty() ? "[]" : shown + "]";
  };
  return row;
}

Setting Mappings(const SettingInfo& info, std::vector<PathMapping> Values::*field) {
  Setting row = MakeSetting(info, "/on/the/server=/here, separated by \";\"");
  row.shape = Shape::kMappings;
  row.set = [field](Values& values, const Raw& raw) -> Status {
    if (const auto* mappings = std::get_if<std::vector<PathMapping>>(&raw)) {
      TRY(CheckMappings(*mappings));
      values.*field = *mappings;
    } else {
      TRY_ASSIGN(values.*field, ParseMappings(TextOf(raw)));
    }
    return {};
  };
  row.show = [field](const Values& values) { return ShowMappings(values.*field); };
  return row;
}

}  // namespace matinee::config
