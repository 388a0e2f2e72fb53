#include "tests/lib/cpp/postgres_server.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace matinee::sql {
namespace {

using std::chrono::milliseconds;

constexpr const char* kServerUser = "postgres";
constexpr milliseconds kTestTimeout{120'000};

[[noreturn]] void Fatal(const std::string& why) {
  std::fprintf(stderr, "PostgreSQL for the tests: %s\n", why.c_str());
  std::abort();
}

// The newest that Debian has installed.
std::string Program(const std::string& name) {
  for (int version = 20; version >= 12; --version) {
    std::string path = "/usr/lib/postgresql/" + std::to_string(version) + "/bin/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  Fatal("it is not installed (the package postgresql-15)");
}

// The process and its descendants: PostgreSQL's backends have their own process groups.
std::vector<pid_t> Family(pid_t root) {
  std::vector<pid_t> family = {root};
  for (size_t i = 0; i < family.size(); ++i) {
    const std::string children =
        "/proc/" + std::to_string(family[i]) + "/task/" + std::to_string(family[i]) + "/children";
    std::ifstream file(children);
    for (pid_t child = 0; file >> child;) family.push_back(child);
  }
  return family;
}

}  // namespace

PostgresServer::PostgresServer() {
  if (geteuid() == 0) {
    const passwd* user = getpwnam(kServerUser);  // NOLINT(concurrency-mt-unsafe): one thread.
    if (user == nullptr) Fatal("there is no user postgres to run it as");
    if (chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) Fatal("chown failed");
  }
  RunOrAbort({Program("initdb"), "--pgdata", folder_.File("data"), "--username", "matinee",
              "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"});
  Start();
}

PostgresServer::~PostgresServer() {
  if (server_) Kill();
}

std::vector<std::string> PostgresServer::AsServerUser(std::vector<std::string> argv) const {
  if (geteuid() == 0) {
    const std::vector<std::string> wrapper = {"setpriv",   "--reuid",        kServerUser, "--regid",
                                              kServerUser, "--clear-groups", "--"};
    argv.insert(argv.begin(), wrapper.begin(), wrapper.end());
  }
  return argv;
}

void PostgresServer::RunOrAbort(std::vector<std::string> argv) {
  process::Command command;
  command.argv = AsServerUser(std::move(argv));
  const auto exit = runner_.Run(command, {});
  if (!exit) Fatal(exit.error().message);
  if (!exit->ok()) Fatal(exit->err);
}

bool PostgresServer::Answers() {
  process::Command command;
  command.argv = {Program("pg_isready"), "--quiet", "--host", folder_.path()};
  const auto exit = runner_.Run(command, {});
  return exit && exit->ok();
}

void PostgresServer::Start() {
  process::Command command;
  // Nothing here has to survive a power cut.
  command.argv = AsServerUser({Program("postgres"), "-D", folder_.File("data"), "-k",
                               folder_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                               "full_page_writes=off", "-c", "max_connections=100"});
  command.death_signal = SIGQUIT;
  auto started = runner_.Start(command, [](std::string_view) {});
  if (!started) Fatal(started.error().message);
  server_ = *std::move(started);
  const auto deadline = std::chrono::steady_clock::now() + kTestTimeout;
  while (!Answers()) {
    if (std::chrono::steady_clock::now() > deadline) Fatal("it does not start");
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void PostgresServer::Kill() {
  server_->Signal(SIGQUIT);
  if (!server_->Wait(kTestTimeout)) Fatal("it does not end");
  server_.reset();
}

void PostgresServer::SignalGroup(int signal) {
  for (const pid_t process : Family(server_->pid())) kill(process, signal);
}

void PostgresServer::Freeze() {
  SignalGroup(SIGSTOP);
}

void PostgresServer::Thaw() {
  SignalGroup(SIGCONT);
}

Secret PostgresServer::UrlOf(const std::string& database) const {
  return Secret("postgres://matinee@/" + database + "?host=" + folder_.path());
}

Secret PostgresServer::MakeDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  PGconn* connection = PQconnectdb(UrlOf("postgres").Reveal().c_str());
  PGresult* result = PQexec(connection, ("CREATE DATABASE " + name).c_str());
  if (PQresultStatus(result) != PGRES_COMMAND_OK) Fatal(PQerrorMessage(connection));
  PQclear(result);
  PQfinish(connection);
  return UrlOf(name);
}

PostgresServer& SharedPostgresServer() {
  static PostgresServer server;
  return server;
}

}  // namespace matinee::sql
