// A component is a part of a role that runs: the worker, the leader duties, the API, nginx.
//
// The role runner calls the hooks of all components of a role: Start and Begin in the order of the
// list, EndStreams, Drain and Stop in reverse, each of all components before the next. NotReady is
// called from any thread between Begin and Stop, all else from one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/readiness.h"

namespace matinee {

class Component {
 public:
  Component() = default;
  virtual ~Component() = default;
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;

  // Does what can fail: listens on a port, starts a child process.
  virtual Status Start() { return {}; }
  // Begins to work, once every component has started.
  virtual void Begin() {}
  // Ends what does not end by itself, such as event streams, so that other components can drain.
  virtual void EndStreams() {}
  // Accepts nothing new and finishes what runs.
  virtual void Drain() {}
  // Ends everything. Called without Drain, and without Begin, if a start failed.
  virtual void Stop() {}

  // The reason why it cannot work now, as far as `checks` ask, or "".
  virtual std::string NotReady(const Readiness& /*checks*/) { return ""; }
  // Where clients reach it, or "". For the log.
  [[nodiscard]] virtual std::string Url() const { return ""; }
};

using Components = std::vector<std::unique_ptr<Component>>;

}  // namespace matinee
