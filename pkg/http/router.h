// Finds the route of a request by comparing path segments: no regular expressions, no cost that
// grows with hostile input, immutable after construction.
//
// Thread safety: Find may be called from any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "http/message.h"

namespace matinee::http {

class Router {
 public:
  // Templates as in Route::path. If two match, the one with the earlier fixed segment wins.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // Null: unknown path, or a method that it does not have.
    std::map<std::string, std::string> params;
    std::string path_template;  // Of the path, also for a wrong method; "" for an unknown path.
    std::string allow;          // Value of the Allow header; "" unless the method is wrong.
  };
  [[nodiscard]] Match Find(Method method, const std::vector<std::string>& segments) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace matinee::http
