#include "http/router.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"

namespace matinee::http {
namespace {

bool IsParameter(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> TemplateSegments(std::string_view path) {
  std::vector<std::string> segments;
  for (const std::string_view segment : Split(path.substr(1), '/')) segments.emplace_back(segment);
  return segments;
}

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                    [](const std::string& part, const std::string& segment) {
                      return IsParameter(part) ? !segment.empty() : part == segment;
                    });
}

// HEAD is answered by the GET route.
bool Serves(Method route, Method request) {
  return route == request || (route == Method::kGet && request == Method::kHead);
}

std::string AllowHeader(const std::set<Method>& methods) {
  std::string allow;
  for (const Method method : methods) {
    allow += (allow.empty() ? "" : ", ") + std::string(ToString(method));
    if (method == Method::kGet) allow += ", HEAD";
  }
  return allow + ", OPTIONS";
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    auto segments = TemplateSegments(route.path);
    entries_.push_back(Entry{std::move(route), std::move(segments)});
  }
  const auto more_fixed = [](const Entry& a, const Entry& b) {
    return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(),
                                        b.segments.end(),
                                        [](const std::string& x, const std::string& y) {
                                          return !IsParameter(x) && IsParameter(y);
                                        });
  };
  std::stable_sort(entries_.begin(), entries_.end(), more_fixed);
}

Router::Match Router::Find(Method method, const std::vector<std::string>& segments) const {
  Match match;
  const std::vector<std::string>* pattern = nullptr;
  std::set<Method> methods;
  for (const Entry& entry : entries_) {
    // Only the first matching template counts, with all its methods.
    if (pattern == nullptr ? !Matches(entry.segments, segments) : entry.segments != *pattern)
      continue;
    pattern = &entry.segments;
    match.path_template = entry.route.path;
    methods.insert(entry.route.method);
    if (Serves(entry.route.method, method)) {
      match.route = &entry.route;
      break;
    }
  }
  if (pattern == nullptr) return match;
  if (match.route == nullptr) match.allow = AllowHeader(methods);
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string& part = (*pattern)[i];
    if (IsParameter(part)) match.params[part.substr(1, part.size() - 2)] = segments[i];
  }
  return match;
}

}  // namespace matinee::http
