#include "roles/edge.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "edge/edge_metrics.h"
#include "roles/roles.h"
#include "runtime/hosts.h"

namespace matinee {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

// With a DRAIN_DELAY of 5 s this stays below the 30 s that Kubernetes allows for a stop. Longer
// downloads are cut off: browsers resume them by a byte range.
constexpr seconds kEdgeDrainLimit{20};

std::string Absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

fs::path ProgramFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// The built page: where the settings say, or beside the program, or where a package puts it.
std::string WebFolder(const std::string& configured) {
  if (!configured.empty()) return Absolute(configured);
  std::error_code error;
  const fs::path beside = ProgramFolder() / "web";
  return fs::exists(beside, error) ? beside.string() : "/usr/share/matinee/web";
}

// What nginx loads: beside the program, or where a package puts it.
std::string AcceptLibrary() {
  constexpr const char* kName = "libmatinee_accept.so";
  std::error_code error;
  const fs::path beside = ProgramFolder() / kName;
  if (fs::exists(beside, error)) return beside.string();
  return (ProgramFolder().parent_path() / "lib/matinee" / kName).string();
}

// Which addresses nginx passes to which server. A row is a line; all other addresses are the page.
edge::Upstreams UpstreamsOf(const config::HostPort& api_address,
                            const config::HostPort& live_address) {
  const edge::UpstreamServer api{api_address.host, api_address.port, "API_ADDRESS"};
  const edge::UpstreamServer live{live_address.host, live_address.port, "LIVE_ADDRESS"};
  return {
      {.path = "/api/", .server = api, .credentials = true, .captures = true},
      // The server sends something every 15 s.
      {.path = "/api/events", .server = live, .streaming = true, .read_timeout = seconds(60)},
      // Each open page polls it every two seconds. The answer has the time of its positions.
      {.path = "/api/sessions", .server = api, .credentials = true, .cache = seconds(1)},
      {.path = "/captures/", .server = api, .credentials = true, .captures = true},
  };
}

edge::EdgeOptions EdgeOptionsOf(const Settings& settings, const std::string& run_dir,
                                edge::Upstreams upstreams) {
  edge::EdgeOptions options;
  options.nginx_path = settings.edge.nginx_path;
  options.host = settings.address.host;
  options.port = settings.address.port;
  options.base_path = settings.address.base_path;
  options.hosts = HostPolicyOf(settings.address);
  options.public_url = settings.address.public_url;
  options.trusted_proxies = settings.address.trusted_proxies;
  options.connections_per_address = settings.edge.connections_per_address;
  options.accept_library = AcceptLibrary();
  options.upstreams = std::move(upstreams);
  options.web_dir = WebFolder(settings.edge.web_dir);
  options.capture_dir = Absolute(settings.captures.capture_dir);
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
Status CheckIsNotItself(const http::AddressSettings& edge, const std::string& name,
                        const config::HostPort& upstream) {
  if (upstream.port != edge.port) return {};
  const bool on_all = IsAnyAddress(edge.host) || IsThisMachine(edge.host);
  if (upstream.host != edge.host && !(IsThisMachine(upstream.host) && on_all)) return {};
  return Fail(Code::kInvalidArgument,
              name + " " + ToString(upstream) + " is where this edge listens itself (HOST, PORT)");
}

}  // namespace

EdgeComponent::EdgeComponent(Context& context, EdgeComponentOptions options)
    : context_(context), options_(std::move(options)) {}

Status EdgeComponent::Start() {
  edge_ = std::make_unique<edge::Edge>(EdgeOptionsOf(context_.settings(), options_.run_dir,
                                                     UpstreamsOf(options_.api(), options_.live())),
                                       context_.runner());
  edge::ExportNginx(*edge_, context_.metrics());
  return edge_->Start();
}

void EdgeComponent::Drain() {
  edge_->Stop(options_.drain_limit);
}

void EdgeComponent::Stop() {
  if (edge_) edge_->Stop(milliseconds(0));
}

std::string EdgeComponent::NotReady(const Readiness& checks) {
  if (options_.needs_api && checks.api) return edge_->NotReady();
  const auto answers = edge_->ReadStatus();
  return answers ? "" : answers.error().message;
}

// Returns the address for a browser on this machine.
std::string EdgeComponent::Url() const {
  const http::AddressSettings& address = context_.settings().address;
  const std::string host = IsAnyAddress(address.host) ? "localhost" : address.host;
  return "http://" + ToString(config::HostPort{host, address.port}) + address.base_path + "/";
}

Result<Components> MakeEdge(Context& context, const RoleOptions& /*options*/) {
  const Settings& settings = context.settings();
  TRY(CheckIsNotItself(settings.address, "API_ADDRESS", settings.api.address));
  TRY(CheckIsNotItself(settings.address, "LIVE_ADDRESS", settings.live.address));
  EdgeComponentOptions options;
  options.run_dir = settings.process.data_dir + "/edge";
  options.api = [&settings] { return settings.api.address; };
  options.live = [&settings] { return settings.live.address; };
  // An edge whose API does not answer is not ready: clients should go to another edge, whose API
  // may answer. Where all edges would lose theirs at once, /readyz?exclude=api keeps the page. A
  // restart would not help, so /livez does not depend on it.
  options.needs_api = true;
  options.drain_limit = kEdgeDrainLimit;
  Components components;
  components.push_back(std::make_unique<EdgeComponent>(context, std::move(options)));
  return components;
}

}  // namespace matinee
