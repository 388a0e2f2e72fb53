#include "roles/edge.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "edge/edge_metrics.h"
#include "roles/roles.h"

namespace matinee {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

// With a DRAIN_DELAY of 5 s this stays below the 30 s that Kubernetes allows for a stop. Longer
// downloads are cut off: browsers resume them by a byte range.
constexpr seconds kDrainRequests{20};

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

edge::EdgeOptions EdgeOptionsOf(const config::Settings& settings, const std::string& run_dir,
                                const config::HostPort& upstream) {
  edge::EdgeOptions options;
  options.nginx_path = settings.nginx_path;
  options.host = settings.host;
  options.port = settings.port;
  options.base_path = settings.base_path;
  options.allowed_hosts = settings.allowed_hosts;
  options.upstream_host = upstream.host;
  options.upstream_port = upstream.port;
  options.web_dir = WebFolder(settings.web_dir);
  options.capture_dir = Absolute(settings.capture_dir);
  options.run_dir = Absolute(run_dir);
  return options;
}

bool IsAnyAddress(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// An edge that forwards to itself would go in circles until it runs out of connections.
bool IsItself(const config::Settings& settings) {
  const config::HostPort& api = settings.api_address;
  if (api.port != settings.port) return false;
  return api.host == settings.host ||
         (IsThisMachine(api.host) && (IsAnyAddress(settings.host) || IsThisMachine(settings.host)));
}

}  // namespace

EdgeComponent::EdgeComponent(Context& context, EdgeComponentOptions options)
    : context_(context), options_(std::move(options)) {}

Status EdgeComponent::Start() {
  edge_ = std::make_unique<edge::Edge>(
      EdgeOptionsOf(context_.settings(), options_.run_dir, options_.upstream()), context_.runner());
  edge::ExportNginx(*edge_, context_.metrics());
  return edge_->Start();
}

void EdgeComponent::Drain() {
  edge_->Stop(options_.drain_limit);
}

void EdgeComponent::Stop() {
  if (edge_) edge_->Stop(milliseconds(0));
}

std::string EdgeComponent::NotReady() {
  if (options_.needs_api) return edge_->NotReady();
  return edge_->healthy() ? "" : "nginx is not running";
}

// What a person types into a browser on this machine.
std::string EdgeComponent::Url() const {
  const config::Settings& settings = context_.settings();
  const std::string host = IsAnyAddress(settings.host) ? "localhost" : settings.host;
  return "http://" + ToString(config::HostPort{host, settings.port}) + settings.base_path + "/";
}

Result<Components> MakeEdge(Context& context, const RoleOptions& /*options*/) {
  const config::Settings& settings = context.settings();
  if (IsItself(settings)) {
    return Fail(Code::kInvalidArgument, "API_ADDRESS " + ToString(settings.api_address) +
                                            " is where this edge listens itself (HOST, PORT)");
  }
  EdgeComponentOptions options;
  options.run_dir = settings.data_dir + "/edge";
  options.upstream = [&settings] { return settings.api_address; };
  // An edge whose API does not answer is not ready: clients should go to another edge, whose API
  // may answer. A restart would not help, so /livez does not depend on it.
  options.needs_api = true;
  options.drain_limit = kDrainRequests;
  Components components;
  components.push_back(std::make_unique<EdgeComponent>(context, std::move(options)));
  return components;
}

}  // namespace matinee
