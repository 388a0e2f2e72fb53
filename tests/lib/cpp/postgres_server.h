// A real PostgreSQL server for tests: in its own folder, reached by a Unix socket, gone after
// the tests. As root it runs as the user "postgres" (PostgreSQL refuses root).
//
// Thread safety: none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "process/process_runner.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::sql {

class PostgresServer {
 public:
  // Makes a server and starts it; ends the program with a sentence if that cannot be done.
  PostgresServer();
  ~PostgresServer();

  void Start();
  // As `pg_ctl stop -m immediate`: every connection breaks.
  void Kill();
  // Stops answering, and goes on.
  void Freeze();
  void Thaw();

  // A new, empty database; its address.
  Secret MakeDatabase();
  [[nodiscard]] Secret UrlOf(const std::string& database) const;

  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  // A command as the user that may run PostgreSQL.
  [[nodiscard]] std::vector<std::string> AsServerUser(std::vector<std::string> argv) const;
  process::SystemRunner& runner() { return runner_; }

 private:
  void RunOrAbort(std::vector<std::string> argv);
  bool Answers();
  void SignalGroup(int signal);

  TemporaryFolder folder_;
  process::SystemRunner runner_;
  std::unique_ptr<process::Child> server_;
  int databases_ = 0;
};

// One for all tests of a program.
PostgresServer& SharedPostgresServer();

}  // namespace matinee::sql
