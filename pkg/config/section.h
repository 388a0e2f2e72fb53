// A section declares the settings of a package: names, values, help. Each setting is bound to a
// field of the package's own struct, which Load fills (load.h) and which is all that the package
// gets.
//
//   struct ShopSettings {
//     int tables = 12;
//     std::chrono::milliseconds lunch{3'600'000};
//   };
//
//   config::Section ShopSection(ShopSettings& shop) {
//     return {.title = "Shop",
//             .settings = {
//                 config::Integer("SHOP_TABLES", shop.tables, 1, 100, "Number of tables."),
//                 config::Duration("SHOP_LUNCH", shop.lunch, minutes(10), hours(2), "Break at
//                 noon."),
//             }};
//   }
//
// A field's value at the time of the declaration is the default. The builders of settings are in
// setting_types.h. A declaration in a header needs `struct Section;` only.
//
// Thread safety: plain values; the struct must outlive the section.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace matinee::config {

class LoadState;

// An entry of a list of mappings.
using Entry = std::map<std::string, std::string, std::less<>>;

// A raw value: a string (always in the environment), or a list of the YAML file.
using Raw = std::variant<std::string, std::vector<std::string>, std::vector<Entry>>;

// The YAML node that a setting allows besides a string.
struct Shape {
  enum class Kind { kText, kList, kMappings };
  Kind kind = Kind::kText;
  // Of kMappings: the keys of an entry, and an example of one for messages.
  std::vector<std::string> keys = {};
  std::string example = {};
};

// One setting. Its key in the file is the variable's name in lower case.
struct Setting {
  std::string variable;      // "POLL_INTERVAL"
  std::string help;          // For the document: sentences.
  std::string accepts;       // For the document: "1 to 31".
  std::string default_text;  // For the document.
  bool derived = false;      // Without a value, the section's `complete` computes one.
  bool secret = false;       // Masked, never quoted, and has a _FILE variable.
  bool quotable = true;      // Whether a message may quote an invalid value.
  bool reloadable = false;   // A change takes effect without a restart.
  std::vector<std::string> former_names = {};  // Still accepted, with a warning.
  Shape shape = {};
  // Fails with the end of a sentence that begins with the value; see value_parsers.h.
  std::function<Status(const Raw&)> set;
  std::function<std::string()> show;  // As YAML, masked.

  // Marks it as derived; `from` says in the document from what: "DATA_DIR/captures".
  [[nodiscard]] Setting Derived(std::string from) &&;
  [[nodiscard]] Setting Accepting(std::string text) &&;
  [[nodiscard]] Setting FormerName(std::string name) &&;
  [[nodiscard]] Setting Reloadable() &&;
};

// A key of the YAML file that no variable can hold, such as a list of mappings with secrets.
// `complete` reads its node.
struct FileSetting {
  std::string key;
  std::function<std::string()> show;  // As YAML, masked; "" if it is empty.
};

struct Section {
  std::string title;  // Heading in the document. Neighbours with the same title share it.
  std::vector<Setting> settings;
  std::vector<FileSetting> file_settings = {};
  // "PLEX_": misspelled variables that begin so are warned of.
  std::vector<std::string> prefixes = {};
  // Called after the values of all sections were read: sets what derives from other settings, and
  // reports contradictions.
  std::function<void(LoadState&)> complete = {};
  std::string notes = {};  // Markdown below the table.
};

// In the order of the document.
using Sections = std::vector<Section>;

// Returns the key in the file: "poll_interval" for "POLL_INTERVAL".
std::string YamlKey(std::string_view variable);

}  // namespace matinee::config
