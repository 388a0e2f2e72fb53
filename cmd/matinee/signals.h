// SIGTERM and SIGINT as an event that somebody waits for. Construct it before any thread starts.
#pragma once

namespace matinee {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP in this thread and in those that it will start, and ignores
  // SIGPIPE (a client that goes away is no reason to die).
  Signals();

  // Returns the signal that came. From then on a second one ends the process at once.
  int Wait();

  // Whether one has come that Wait() will return at once.
  [[nodiscard]] bool pending() const;
};

}  // namespace matinee
