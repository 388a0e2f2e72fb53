#include "roles/live.h"

#include <utility>

#include "capture/queues.h"
#include "media/session_replicator.h"
#include "roles/roles.h"
#include "runtime/hosts.h"

namespace matinee {
namespace {

live::ServerOptions ServerOptionsOf(const http::AddressSettings& page,
                                    const config::HostPort& address,
                                    const DependencyProbe& bus_probe) {
  live::ServerOptions options;
  options.address = address.host;
  options.port = address.port;
  options.hosts = HostPolicyOf(page);
  options.problem = [&bus_probe] { return bus_probe.problem(); };
  // What pages see of the event bus. A topic is a line.
  options.topics = {
      {capture::kCaptureTopic, "capture_changed"},
      {media::kSessionsChangedTopic, "sessions_changed"},
      {media::kMediaServerChangedTopic, "media_servers_changed"},
  };
  return options;
}

}  // namespace

LiveComponent::LiveComponent(Context& context, config::HostPort address)
    : address_(std::move(address)),
      bus_probe_(
          "Redis",
          [&context] {
            const Status checked = context.coord().check();
            return checked ? "" : checked.error().message;
          },
          clock_),
      server_(ServerOptionsOf(context.settings().address, address_, bus_probe_),
              *context.coord().events, clock_, context.metrics()) {}

std::string LiveComponent::Url() const {
  return "http://" + ToString(address_) + "/api/events";
}

Result<Components> MakeLive(Context& context, const RoleOptions& /*options*/) {
  Components components;
  components.push_back(std::make_unique<LiveComponent>(context, context.settings().live.address));
  return components;
}

}  // namespace matinee
