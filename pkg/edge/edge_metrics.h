// Exports nginx's counters as metrics: matinee_nginx_*; see docs/metrics.md.
#pragma once

namespace matinee {
class Metrics;
}  // namespace matinee

namespace matinee::edge {

class Edge;

// Reads nginx's counters at each scrape. `edge` must outlive the last scrape, `metrics` the edge.
void ExportNginx(Edge& edge, Metrics& metrics);

}  // namespace matinee::edge
