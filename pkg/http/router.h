// Finds the route of a request. Plain comparison of path segments: no regular expressions, nothing
// that grows with hostile input, nothing that changes after the start.
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
  // Templates as in Route::path. Where two fit, the one with the earlier fixed segment wins.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // Null: no such path, or not with this method.
    std::map<std::string, std::string> params;
    std::string path_template;  // Of the path, also when the method does not fit; "" for none.
    std::string allow;          // Methods of this path for the Allow header; "" for no such path.
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
