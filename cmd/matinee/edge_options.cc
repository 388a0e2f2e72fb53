#include "edge_options.h"

#include <filesystem>
#include <system_error>

namespace matinee {
namespace {

namespace fs = std::filesystem;

std::string Absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

// The built page: where the settings say, or beside the program, or where a package puts it.
std::string WebFolder(const std::string& configured) {
  if (!configured.empty()) return Absolute(configured);
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "web";
  return fs::exists(beside, error) ? beside.string() : "/usr/share/matinee/web";
}

}  // namespace

Status CheckPorts(const config::Settings& settings) {
  if (settings.port != settings.metrics_port) return {};
  return Fail(Code::kInvalidArgument, "PORT and METRICS_PORT are both " +
                                          std::to_string(settings.port) +
                                          "; two servers cannot share a port");
}

edge::EdgeOptions EdgeOptionsOf(const config::Settings& settings, const std::string& run_dir) {
  edge::EdgeOptions options;
  options.nginx_path = settings.nginx_path;
  options.host = settings.host;
  options.port = settings.port;
  options.base_path = settings.base_path;
  options.allowed_hosts = settings.allowed_hosts;
  options.web_dir = WebFolder(settings.web_dir);
  options.capture_dir = Absolute(settings.capture_dir);
  options.run_dir = Absolute(run_dir);
  return options;
}

}  // namespace matinee
