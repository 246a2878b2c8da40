// The figures of the running host, as text for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <string>

#include "base/executor.hpp"
#include "events/bus.hpp"
#include "events/log_retention.hpp"
#include "operation/conductor.hpp"
#include "plugin/registry.hpp"
#include "store/store.hpp"

namespace backplane::app {

// What is measured.
struct Measured {
  const plugin::Registry& registry;
  const store::Store& store;
  const base::WorkerPool& pool;
  const operation::Conductor& conductor;
  const events::Bus& bus;
  const events::LogRetention* log_retention;  // null: there is no event log
};

// Any thread.
std::string metrics_of(const Measured& measured);

}  // namespace backplane::app
