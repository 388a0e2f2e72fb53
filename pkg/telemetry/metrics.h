// Metrics in Prometheus' text format. Only metrics.cc includes prometheus-cpp.
//
// Names follow Prometheus' conventions: base units, unit as suffix, `_total` on counters. Get an
// instrument once and keep the reference: a lookup takes a lock, an update does not.
//
// Thread safety: all methods of all classes here may be called from any thread. Instruments live as
// long as their Metrics.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace matinee {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// Bucket bounds in seconds, by OpenTelemetry's semantic conventions for
// http.server.request.duration.
const std::vector<double>& LatencyBuckets();

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Returns the same instrument for the same name and labels.
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // The bounds of the buckets ascend strictly.
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const Labels& labels = {});

  // Calls `callback` at each scrape, before the values are read: for gauges that are cheaper to
  // look up than to update (queue lengths, free bytes).
  void OnScrape(std::function<void()> callback);

  // Returns the text exposition format, version 0.0.4, with process_* of this process (read from
  // /proc).
  std::string Scrape();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace matinee
