// `matinee docs`: documents that are made from the code.

#include <cstdlib>
#include <iostream>

#include "commands/commands.h"
#include "runtime/settings.h"

namespace matinee {

CommandBody MakeDocs(CLI::App& app) {
  app.require_subcommand(1);
  app.add_subcommand("configuration", "All settings, as Markdown");
  return [](const Settings&) {
    std::cout << ConfigurationMarkdown();
    return EXIT_SUCCESS;
  };
}

}  // namespace matinee
