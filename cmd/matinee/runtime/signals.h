// Waits for the signals that stop the process. Construct it before any thread starts.
#pragma once

namespace matinee {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP in this thread and in those that it will start, and ignores
  // SIGPIPE (a client that disconnects must not end the process).
  Signals();

  // Returns the signal that arrived. From then on a second one ends the process at once.
  int Wait();

  // Whether a signal has arrived that Wait() has not returned yet.
  [[nodiscard]] bool pending() const;
};

}  // namespace matinee
