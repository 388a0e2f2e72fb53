#include <fmt/format.h>

#include <string>
#include <string_view>

#include "config/setting_table.h"
#include "config/settings.h"

namespace matinee::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Made by `matinee docs configuration` from the table in `pkg/config/setting_table.cc`. Do not edit it by hand.

Everything can be set by environment variables, or in a YAML file that the variable `MATINEE_CONFIG` names. The environment
overrides the file. The key in the file is the variable's name in small letters: `POLL_INTERVAL` is `poll_interval`. An empty value
counts as not set. What is wrong stops the start, with a line for each fault. `matinee up --print-config` shows the settings in
force and where each came from; `matinee doctor` tries them out.

A secret can stand in a file of its own: `PLEX_TOKEN_FILE=/run/secrets/plex_token` instead of `PLEX_TOKEN`. That holds for each
variable that is marked *secret*.
)";

constexpr std::string_view kServerList = R"(
A server counts as soon as both its address and its token or key are set. Matinee opens the film files itself, so it must see them;
where the server's folder has another name here, map it: `PLEX_PATH_MAPPINGS="/data/films=/media/films;/data/tv=/media/tv"`. In
the file, mappings are a list: `plex_path_mappings: [{from: /data/films, to: /media/films}]`.

Several servers of one kind stand in the file:

```yaml
media_servers:
  - name: living-room
    type: jellyfin            # plex, jellyfin or emby
    url: http://10.0.0.5:8096
    token_file: /run/secrets/jellyfin
  - name: attic
    type: jellyfin
    url: https://attic.example.org/jellyfin
    token: 0123456789abcdef
    path_mappings:
      - {from: /data, to: /media/attic}
```

They come after the servers of the variables, which are called `plex`, `jellyfin` and `emby`. Each needs a name of its own; without
one it is called after its type.
)";

std::string TableRow(const Setting& row) {
  // Words are no code.
  const bool words = row.computed && row.default_text.find(' ') != std::string_view::npos;
  const std::string_view quote = words || row.default_text.empty() ? "" : "`";
  return fmt::format("| `{}` | {}{}{} | {} | {}{} |\n", row.variable, quote, row.default_text,
                     quote, row.accepts, row.secret ? "*Secret.* " : "", row.help);
}

}  // namespace

std::string ConfigurationMarkdown() {
  std::string text(kIntroduction);
  std::string_view section;
  for (const Setting& row : SettingTable()) {
    if (row.section != section) {
      if (section == "Media servers") text += kServerList;
      section = row.section;
      text += fmt::format("\n## {}\n| variable | default | values | meaning |\n|---|---|---|---|\n",
                          section);
    }
    text += TableRow(row);
  }
  return text;
}

}  // namespace matinee::config
