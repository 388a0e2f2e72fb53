#include "runtime/admin_server.h"

#include <utility>
#include <vector>

#include "runtime/version.h"

namespace matinee {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

Response Text(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

}  // namespace

AdminServer::AdminServer(const AdminSettings& settings, Metrics& metrics,
                         std::function<std::string(const Readiness&)> not_ready,
                         std::function<std::string()> notice) {
  metrics
      .GetGauge("matinee_build_info", "1; the labels say which version of Matinee this is.",
                {{"version", kVersion}, {"revision", kRevision}})
      .Set(1);
  if (settings.port == 0) return;
  std::vector<http::Route> routes;
  routes.push_back(
      http::Sync(Method::kGet, "/metrics", Access::kPublic, [&metrics](const Request&) {
        Response response = Text(200, metrics.Scrape());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
      }));
  // A process that answers is live: a dependency that fails must not get it restarted. So the
  // handler runs on the network thread, which never waits for a dependency.
  routes.push_back(http::Sync(
      Method::kGet, "/livez", Access::kPublic, [](const Request&) { return Text(200, "ok\n"); },
      true));
  routes.push_back(http::Sync(
      Method::kGet, "/readyz", Access::kPublic,
      [this, not_ready = std::move(not_ready), notice = std::move(notice)](const Request& request) {
        const auto checks = ReadinessOf(request);
        if (!checks) return Text(400, checks.error().message + "\n");
        const std::string reason = draining_ ? "draining" : not_ready(*checks);
        if (!reason.empty()) return Text(503, reason + "\n");
        const std::string wrong = notice();
        return Text(200, wrong.empty() ? "ok\n" : "ok, but " + wrong + "\n");
      }));

  http::ServerOptions options;
  options.name = "admin";
  options.address = settings.address;
  options.port = settings.port;
  options.network_threads = 1;
  options.connections_max = 64;  // Probes and Prometheus.
  options.executor_threads = 2;  // A scrape queries Redis, which may hang.
  options.traced = false;        // It is asked every few seconds.
  server_ = std::make_unique<http::Server>(std::move(options), std::move(routes), nullptr);
}

Status AdminServer::Start() {
  if (!server_) return {};
  if (Status started = server_->Start(); !started) {
    return Fail(started.error().WithContext("METRICS_PORT (0 turns it off)"));
  }
  return {};
}

void AdminServer::Stop() {
  if (server_) server_->Stop();
}

}  // namespace matinee
