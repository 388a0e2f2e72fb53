// `matinee doctor`: reports what is misconfigured, and how to fix it.

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "base/files.h"
#include "base/strings.h"
#include "capture/capture_folder.h"
#include "commands/commands.h"
#include "coord/coordination.h"
#include "edge/edge.h"
#include "http/client.h"
#include "media/media_server.h"
#include "process/process_runner.h"
#include "runtime/hosts.h"
#include "runtime/postgres.h"
#include "schemas.h"
#include "sql/sqlite.h"

namespace matinee {
namespace {

// Prints the findings and counts those that failed.
class Report {
 public:
  void Pass(const std::string& what) { std::cout << "  pass  " << what << "\n"; }
  void Warn(const std::string& what, const std::string& fix) { Line("warn", what, fix); }
  void Fail(const std::string& what, const std::string& fix) {
    Line("FAIL", what, fix);
    ++failures_;
  }
  static void Section(const std::string& title) { std::cout << title << "\n"; }
  [[nodiscard]] int failures() const { return failures_; }

 private:
  static void Line(const char* verdict, const std::string& what, const std::string& fix) {
    std::cout << "  " << verdict << "  " << what << "\n        " << fix << "\n";
  }
  int failures_ = 0;
};

void CheckProgram(Report& report, process::Runner& runner, const std::string& name,
                  const std::string& path, const std::string& flag, const std::string& fix) {
  process::Command command;
  command.argv = {path, flag};
  const auto exit = runner.Run(command, {});
  if (!exit) return report.Fail(name + ": " + exit.error().message, fix);
  const std::string says = exit->out.empty() ? exit->err : exit->out;
  report.Pass(name + ": " + EscapeUnprintable(says.substr(0, says.find('\n'))));
}

void CheckPrograms(Report& report, const Settings& settings) {
  Report::Section("Programs");
  process::SystemRunner runner;
  const std::string ffmpeg_fix = "Install it (apt install ffmpeg), or set FFMPEG_PATH.";
  CheckProgram(report, runner, "FFmpeg", settings.ffmpeg.ffmpeg_path, "-version", ffmpeg_fix);
  CheckProgram(report, runner, "FFprobe", settings.ffmpeg.ffprobe_path, "-version", ffmpeg_fix);
  CheckProgram(report, runner, "nginx", edge::FindNginx(settings.edge.nginx_path), "-v",
               "Install it (apt install nginx-light), or set NGINX_PATH.");
}

// Returns the id of the database, or "" if it cannot be asked.
std::string CheckDatabase(Report& report, const sql::DatabaseSettings& settings) {
  if (settings.url.empty()) return "";
  Report::Section("PostgreSQL");
  const SystemClock clock;
  const auto database = OpenPostgres(settings, clock, nullptr);
  if (!database) {
    report.Fail(database.error().message, "Check DATABASE_URL, and that PostgreSQL runs.");
    return "";
  }
  report.Pass("it can be reached");
  const Status schema = sql::CheckSchema(**database, Schemas());
  if (!schema) {
    report.Fail(schema.error().message, "Run `matinee migrate`.");
    return "";
  }
  report.Pass("its schema has the version of this program");
  const auto identity = IdentityOf(**database, clock);
  if (!identity) {
    report.Fail(identity.error().message, "Check DATABASE_URL.");
    return "";
  }
  report.Pass("its id is " + identity->id);
  return identity->id;
}

// Whose the folder of captures is, and whether the database knows what is in it.
void CheckCaptureFolder(Report& report, const Settings& settings) {
  const std::string& folder = settings.captures.capture_dir;
  const SystemClock clock;
  capture::FolderView view;
  std::error_code error;
  if (settings.database.url.empty() &&
      std::filesystem::file_size(settings.database.path, error) == 0) {
    error = std::make_error_code(std::errc::no_such_file_or_directory);
  }
  if (settings.database.url.empty() && error) {  // The first start makes it.
    const auto files = capture::ListCaptureFiles(folder, 1);
    view.has_captures = files && !files->empty();
  } else {
    const auto database = settings.database.url.empty()
                              ? sql::OpenSqlite(settings.database.path, clock, nullptr)
                              : OpenPostgres(settings.database, clock, nullptr);
    // Without the newest schema the folder is not looked at: `matinee migrate` comes first.
    if (!database || !sql::CheckSchema(**database, Schemas())) return;
    const auto identity = IdentityOf(**database, clock);
    if (!identity) return report.Fail(identity.error().message, "Start Matinee on the other one.");
    const auto inspected = capture::InspectFolder(**database, folder, identity->id);
    if (!inspected) return report.Fail(inspected.error().message, "Check CAPTURE_DIR.");
    view = *inspected;
  }
  const bool is_foreign = view.state == capture::FolderState::kForeign;
  const bool starts = !is_foreign || (settings.database.url.empty() && view.database_is_empty);
  if (const std::string notice = capture::NoticeOf(view, folder); starts && !notice.empty()) {
    return report.Warn("CAPTURE_DIR: captures without a database", notice);
  }
  if (starts) return;
  report.Fail(
      "CAPTURE_DIR: " + folder + " belongs to the database " + view.owner,
      "Set CAPTURE_DIR to another folder; or, if that database is lost, run `matinee import "
      "--captures`.");
}

void CheckRedis(Report& report, const coord::RedisSettings& settings,
                const std::string& database_id) {
  if (settings.url.empty()) return;
  Report::Section("Redis");
  coord::RedisOptions options = coord::MakeRedisOptions(settings, Queues(), database_id);
  options.directory.clear();
  const auto coord = coord::ConnectRedis(options, nullptr);
  const Status reached = coord ? coord->check() : Status(Fail(coord.error()));
  if (!reached)
    return report.Fail(reached.error().message, "Check REDIS_URL, and that Redis runs.");
  report.Pass("it can be reached, under the keys " + EscapeUnprintable(options.prefix) + "*");
}

void CheckFolder(Report& report, const std::string& setting, const std::string& folder,
                 int64_t free_bytes_min) {
  if (const Status made = CreateDirectories(folder); !made) {
    return report.Fail(setting + ": " + made.error().message,
                       "Set " + setting + " to a folder that this user may write.");
  }
  const std::string probe = folder + "/.matinee-doctor";
  if (const Status written = WriteFileAtomically(probe, "x"); !written) {
    return report.Fail(
        setting + ": " + written.error().message,
        "Let this user write there: chown -R " + std::to_string(getuid()) + " '" + folder + "'");
  }
  unlink(probe.c_str());
  const auto free = FreeBytes(folder);
  constexpr int64_t kMebibyte = 1024 * 1024;
  const std::string space = std::to_string(free.value_or(0) / kMebibyte) + " MiB free";
  if (free && *free < free_bytes_min) {
    return report.Fail(setting + ": " + folder + ", only " + space,
                       "Captures are refused below MIN_FREE_BYTES (" +
                           std::to_string(free_bytes_min / kMebibyte) + " MiB): make room.");
  }
  report.Pass(setting + ": " + folder + " can be written, " + space);
}

void CheckHosts(Report& report, const http::AddressSettings& address) {
  std::string names;
  for (const std::string& name : HostPolicyOf(address).Describe()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  report.Pass("browsers may address Matinee as: " + names);
}

void CheckLibraries(Report& report, const media::ServerCheck& check) {
  for (const media::LibraryFolder& folder : check.folders) {
    const std::string what = "library \"" + EscapeUnprintable(folder.library) +
                             "\": " + EscapeUnprintable(folder.server_path);
    if (!folder.problem.empty()) {
      report.Fail(what, folder.problem);
    } else if (folder.local_path != folder.server_path) {
      report.Pass(what + " is read as " + EscapeUnprintable(folder.local_path));
    } else {
      report.Pass(what + " can be read");
    }
  }
}

void CheckMediaServers(Report& report, const media::MediaSettings& settings) {
  const auto client = http::MakeCurlClient();
  const SystemClock clock;
  const auto servers = media::MakeMediaServers(settings.servers, *client, clock);
  if (servers.empty()) {
    Report::Section("Media servers");
    return report.Fail("none is configured",
                       "Set PLEX_URL and PLEX_TOKEN, JELLYFIN_URL and JELLYFIN_API_KEY, or "
                       "EMBY_URL and EMBY_API_KEY. `matinee up --demo` shows what Matinee does.");
  }
  for (const auto& server : servers) {
    Report::Section("Media server " + server->name() + " (" +
                    std::string(media::ToString(server->source())) + ")");
    const media::ServerCheck check = server->Check();
    if (!check.reachable || !check.authorised) {
      report.Fail(check.reachable ? "reachable, but not authorised" : "not reachable",
                  check.problem);
      continue;
    }
    report.Pass(check.version + " is reachable and authorised");
    if (!check.problem.empty()) report.Fail("its libraries", check.problem);
    CheckLibraries(report, check);
  }
}

std::string Summary(int failures) {
  if (failures == 0) return "No problems found.";
  return failures == 1 ? "1 problem found." : std::to_string(failures) + " problems found.";
}

int RunDoctor(const Settings& settings) {
  Report report;
  Report::Section("Settings");
  for (const std::string& warning : settings.loaded.warnings) report.Warn("settings", warning);
  if (settings.media.media_roots.empty()) {
    report.Warn("MEDIA_ROOTS is not set",
                "Matinee reads any file that a media server names. Set it to your media folders to "
                "allow only those.");
  }
  if (getuid() == 0) {
    report.Warn("this is root", "Matinee needs no special rights: run it as a dedicated user.");
  }
  CheckHosts(report, settings.address);
  CheckPrograms(report, settings);
  Report::Section("Folders");
  CheckFolder(report, "DATA_DIR", settings.process.data_dir, 0);
  CheckFolder(report, "CAPTURE_DIR", settings.captures.capture_dir,
              settings.captures.min_free_bytes);
  CheckCaptureFolder(report, settings);
  const std::string database_id = CheckDatabase(report, settings.database);
  CheckRedis(report, settings.redis, database_id);
  CheckMediaServers(report, settings.media);
  std::cout << Summary(report.failures()) << "\n";
  return report.failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

CommandBody MakeDoctor(CLI::App& /*app*/) {
  return &RunDoctor;
}

}  // namespace matinee
