#include "edge/upstream.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/strings.h"

namespace matinee::edge {
namespace {

using std::chrono::milliseconds;

constexpr size_t kPathBytesMax = 200;

// Addresses that nginx serves itself; see nginx_config.cc.
constexpr std::array<std::string_view, 7> kReserved = {
    "/_captures/", "/_checked/", "/_problem/",       "/assets/",
    "/api/docs",   "/api/docs/", "/api/openapi.json"};

bool IsPrefix(std::string_view path) {
  return path.ends_with('/');
}

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool HasOnly(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [more](char c) {
    return IsAlphanumeric(c) || more.find(c) != std::string_view::npos;
  });
}

// nginx compares normalized paths: one with "//" or ".." would never match.
bool IsPath(std::string_view path) {
  if (path.size() < 2 || path.size() > kPathBytesMax || path.front() != '/') return false;
  if (!HasOnly(path, "-._~/")) return false;
  std::string_view segments = path.substr(1);
  if (IsPrefix(segments)) segments.remove_suffix(1);
  for (const std::string_view segment : Split(segments, '/')) {
    if (segment.empty() || segment == "." || segment == "..") return false;
  }
  return true;
}

bool IsReserved(std::string_view path) {
  return std::any_of(kReserved.begin(), kReserved.end(), [path](std::string_view reserved) {
    return path == reserved || (IsPrefix(reserved) && path.starts_with(reserved));
  });
}

// Returns what is wrong with the row, or "".
std::string ProblemOf(const Upstream& row) {
  if (!IsPath(row.path)) return "is not a path";
  if (IsReserved(row.path)) return "is an address that nginx serves itself";
  const std::string& host = row.server.host;
  if (host.empty() || !HasOnly(host, "-._:")) return "has a host that is not a name or an address";
  if (row.server.port == 0) return "has port 0";
  if (row.cache.count() < 0) return "has a negative cache time";
  if (row.cache.count() > 0 && IsPrefix(row.path)) {
    return "cannot be cached: the addresses below a prefix have different answers";
  }
  if (row.cache.count() > 0 && (row.streaming || row.websocket)) {
    return "cannot be cached: it is a stream";
  }
  // nginx reads 0 as "without a limit".
  if (row.body_bytes_max == 0) return "needs a limit of the body";
  if (std::min({row.connect_timeout, row.send_timeout, row.read_timeout}) <= milliseconds(0)) {
    return "needs timeouts";
  }
  return "";
}

}  // namespace

Status CheckUpstreams(const Upstreams& upstreams) {
  std::set<std::string_view> paths;
  for (const Upstream& row : upstreams) {
    std::string problem = ProblemOf(row);
    if (problem.empty() && !paths.insert(row.path).second) problem = "is claimed by two rows";
    if (problem.empty()) continue;
    return Fail(Code::kInvalidArgument,
                "the upstream \"" + EscapeUnprintable(row.path) + "\" " + problem);
  }
  return {};
}

const Upstream* FindUpstream(const Upstreams& upstreams, std::string_view path) {
  const Upstream* found = nullptr;
  for (const Upstream& row : upstreams) {
    if (!IsPrefix(row.path) && row.path == path) return &row;
    const bool longer = found == nullptr || row.path.size() > found->path.size();
    if (IsPrefix(row.path) && path.starts_with(row.path) && longer) found = &row;
  }
  return found;
}

}  // namespace matinee::edge
