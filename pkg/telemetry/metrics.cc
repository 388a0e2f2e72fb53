#include "telemetry/metrics.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "telemetry/process_stats.h"

namespace matinee {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  void Add(double amount) override { gauge_.Increment(amount); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

prometheus::MetricFamily Single(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return prometheus::MetricFamily{name, help, type, {metric}};
}

std::vector<prometheus::MetricFamily> ProcessFamilies() {
  using prometheus::MetricType;
  const ProcessStats stats = ReadProcessStats();
  return {
      Single("process_cpu_seconds_total", "Processor time used, in seconds.", MetricType::Counter,
             stats.cpu_seconds),
      Single("process_start_time_seconds", "Start time of the process, in seconds since 1970.",
             MetricType::Gauge, stats.start_time_seconds),
      Single("process_resident_memory_bytes", "Resident memory.", MetricType::Gauge,
             stats.resident_memory_bytes),
      Single("process_virtual_memory_bytes", "Virtual memory.", MetricType::Gauge,
             stats.virtual_memory_bytes),
      Single("process_open_fds", "Open file descriptors.", MetricType::Gauge, stats.open_fds),
      Single("process_max_fds", "The limit of open file descriptors.", MetricType::Gauge,
             stats.max_fds),
      Single("process_threads", "Threads of the process.", MetricType::Gauge, stats.threads),
  };
}

// An invalid name, or one name for two types, is a fault of the program that its first run shows.
[[noreturn]] void AbortOnBadMetric(const std::string& name, const char* what) {
  fmt::print(stderr, "metric {}: {}\n", name, what);
  std::abort();
}

}  // namespace

struct Metrics::Impl {
  using Key = std::pair<std::string, Labels>;

  std::mutex mutex;
  prometheus::Registry registry;
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
  std::vector<std::function<void()>> callbacks;

  // Returns the instrument of this key; `make` creates it if it does not exist.
  template <typename Instrument, typename Make>
  Instrument& Get(std::map<Key, std::unique_ptr<Instrument>>& known, const std::string& name,
                  const Labels& labels, Make make) {
    const std::lock_guard lock(mutex);
    auto& instrument = known[Key(name, labels)];
    try {
      if (!instrument) instrument = make();
    } catch (const std::exception& error) {
      AbortOnBadMetric(name, error.what());
    }
    return *instrument;
  }
};

const std::vector<double>& LatencyBuckets() {
  static const std::vector<double> bounds = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                             0.5,   0.75, 1,     2.5,  5,     7.5, 10};
  return bounds;
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::GetCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  return impl_->Get(impl_->counters, name, labels, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return std::make_unique<PrometheusCounter>(family.Add(labels));
  });
}

Gauge& Metrics::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return impl_->Get(impl_->gauges, name, labels, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return std::make_unique<PrometheusGauge>(family.Add(labels));
  });
}

Histogram& Metrics::GetHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  MATINEE_CHECK(std::ranges::adjacent_find(bounds, std::greater_equal<>()) == bounds.end(),
                "the bounds of a histogram ascend");
  return impl_->Get(impl_->histograms, name, labels, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return std::make_unique<PrometheusHistogram>(family.Add(labels, bounds));
  });
}

void Metrics::OnScrape(std::function<void()> callback) {
  const std::lock_guard lock(impl_->mutex);
  impl_->callbacks.push_back(std::move(callback));
}

std::string Metrics::Scrape() {
  std::vector<std::function<void()>> callbacks;
  {
    const std::lock_guard lock(impl_->mutex);
    callbacks = impl_->callbacks;
  }
  for (const auto& callback : callbacks) callback();  // Without the lock: they look up instruments.
  auto families = impl_->registry.Collect();
  auto process = ProcessFamilies();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace matinee
