#include "edge/edge_metrics.h"

#include <memory>
#include <mutex>

#include "edge/edge.h"
#include "edge/nginx_status.h"
#include "telemetry/metrics.h"

namespace matinee::edge {
namespace {

class Exporter {
 public:
  Exporter(Edge& edge, Metrics& metrics)
      : edge_(edge),
        up_(metrics.GetGauge("matinee_nginx_up", "Whether nginx runs and answers (1 or 0).")),
        active_(State(metrics, "active")),
        reading_(State(metrics, "reading")),
        writing_(State(metrics, "writing")),
        waiting_(State(metrics, "waiting")),
        accepted_(metrics.GetCounter("matinee_nginx_connections_accepted_total",
                                     "Client connections that nginx accepted.")),
        handled_(metrics.GetCounter(
            "matinee_nginx_connections_handled_total",
            "Client connections that nginx handled; fewer than accepted if it ran out of them.")),
        requests_(metrics.GetCounter("matinee_nginx_requests_total", "Requests of clients.")),
        refused_(metrics.GetCounter("matinee_nginx_connections_refused_total",
                                    "Client connections that were closed because their address had "
                                    "CONNECTIONS_PER_ADDRESS open.")),
        restarts_(metrics.GetCounter("matinee_nginx_restarts_total",
                                     "How often nginx ended by itself and was started again.")) {}

  void Export() {
    const std::lock_guard lock(mutex_);
    const int64_t restarts = edge_.restarts();
    restarts_.Add(static_cast<double>(restarts - last_restarts_));
    // A restarted nginx counts from 0. What the old one counted after the last scrape is lost.
    if (restarts != last_restarts_) last_ = {};
    last_restarts_ = restarts;
    const int64_t refused = edge_.refused_connections();
    refused_.Add(static_cast<double>(refused - last_refused_));
    last_refused_ = refused;
    const auto status = edge_.ReadStatus();
    up_.Set(status ? 1 : 0);
    const NginxStatus now = status.value_or(NginxStatus());
    active_.Set(static_cast<double>(now.active));
    reading_.Set(static_cast<double>(now.reading));
    writing_.Set(static_cast<double>(now.writing));
    waiting_.Set(static_cast<double>(now.waiting));
    if (!status) return;
    AddNew(accepted_, now.accepted, last_.accepted);
    AddNew(handled_, now.handled, last_.handled);
    AddNew(requests_, now.requests, last_.requests);
  }

 private:
  static Gauge& State(Metrics& metrics, const std::string& state) {
    return metrics.GetGauge("matinee_nginx_connections", "Client connections of nginx, by state.",
                            {{"state", state}});
  }

  // nginx may restart between the reads of `restarts` and of its status: a lower value means that
  // it counts from 0 again.
  static void AddNew(Counter& counter, int64_t now, int64_t& last) {
    counter.Add(static_cast<double>(now >= last ? now - last : now));
    last = now;
  }

  Edge& edge_;
  Gauge& up_;
  Gauge& active_;
  Gauge& reading_;
  Gauge& writing_;
  Gauge& waiting_;
  Counter& accepted_;
  Counter& handled_;
  Counter& requests_;
  Counter& refused_;
  Counter& restarts_;
  std::mutex mutex_;
  int64_t last_restarts_ = 0;
  int64_t last_refused_ = 0;
  NginxStatus last_;
};

}  // namespace

void ExportNginx(Edge& edge, Metrics& metrics) {
  metrics.OnScrape([exporter = std::make_shared<Exporter>(edge, metrics)] { exporter->Export(); });
}

}  // namespace matinee::edge
