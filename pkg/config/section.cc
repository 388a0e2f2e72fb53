#include "config/section.h"

#include <utility>

#include "base/strings.h"

namespace matinee::config {

Setting Setting::Derived(std::string from) && {
  derived = true;
  default_text = std::move(from);
  return std::move(*this);
}

Setting Setting::Accepting(std::string text) && {
  accepts = std::move(text);
  return std::move(*this);
}

Setting Setting::FormerName(std::string name) && {
  former_names.push_back(std::move(name));
  return std::move(*this);
}

Setting Setting::Reloadable() && {
  reloadable = true;
  return std::move(*this);
}

std::string YamlKey(std::string_view variable) {
  return ToLower(variable);
}

}  // namespace matinee::config
