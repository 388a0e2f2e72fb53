// A section that this package does not know, as an extension would declare it.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/load_state.h"
#include "config/setting_types.h"

namespace matinee::config {

enum class NoopMode { kSlow, kFast };

struct NoopSettings {
  int jobs = 10;
  std::chrono::milliseconds pause{1500};
  NoopMode mode = NoopMode::kFast;
  Secret token;
  std::vector<std::string> hosts;
  std::string folder;  // Derived from the name.
  std::string name = "noop";
  std::vector<Entry> rules;
  std::vector<std::string> stages;  // The file's list noop_stages.
};

inline void CompleteNoop(NoopSettings& noop, LoadState& state) {
  if (noop.folder.empty()) noop.folder = "/" + noop.name;
  if (state.IsSet("NOOP_PAUSE") && noop.mode == NoopMode::kFast) {
    state.AddError("NOOP_PAUSE and NOOP_MODE contradict each other");
  }
  if (const YamlNode* stages = state.Find("noop_stages"); stages != nullptr) {
    for (const YamlNode& stage : stages->items) noop.stages.push_back(stage.text);
  }
}

inline Setting NoopRules(NoopSettings& noop) {
  Setting rules = MakeSetting("NOOP_RULES", "rules", "Rules.", [] { return std::string(); });
  rules.shape = {
      .kind = Shape::Kind::kMappings, .keys = {"if", "then"}, .example = "{if: a, then: b}"};
  rules.set = [&noop](const Raw& raw) -> Status {
    if (std::get_if<std::vector<Entry>>(&raw) == nullptr) return Refuse("is not a list");
    noop.rules = std::get<std::vector<Entry>>(raw);
    return {};
  };
  return rules;
}

inline Section NoopSection(NoopSettings& noop) {
  using std::chrono::milliseconds;
  return {.title = "Noops",
          .settings =
              {
                  Integer("NOOP_JOBS", noop.jobs, 1, 100, "Number of jobs.").Reloadable(),
                  Duration("NOOP_PAUSE", noop.pause, milliseconds(0), milliseconds(60000),
                           "Time between jobs."),
                  Choice("NOOP_MODE", noop.mode, {"slow", "fast"}, "How."),
                  Token("NOOP_TOKEN", noop.token, "The token.").FormerName("NOOP_KEY"),
                  List("NOOP_HOSTS", noop.hosts, ',', "host names", ParseHostName, "The hosts."),
                  Path("NOOP_FOLDER", noop.folder, "The folder.").Derived("/NOOP_NAME"),
                  Path("NOOP_NAME", noop.name, "The name.").FormerName("NOOP_TITLE"),
                  NoopRules(noop),
              },
          .file_settings = {{"noop_stages",
                             [&noop] {
                               std::string shown;
                               for (const auto& stage : noop.stages) shown += "\n  - " + stage;
                               return shown;
                             }}},
          .prefixes = {"NOOP_"},
          .complete = [&noop](LoadState& state) { CompleteNoop(noop, state); },
          .notes = "Noops do nothing.\n"};
}

}  // namespace matinee::config
