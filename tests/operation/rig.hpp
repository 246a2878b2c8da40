// A host without HTTP for the tests of the operation layer: a real SQLite store in a temporary directory, real plugins, the
// conductor over them, and the watchdog.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "operation/conductor.hpp"
#include "operation/transfers.hpp"
#include "plugin/registry.hpp"
#include "plugin/watchdog.hpp"
#include "support/temporary_directory.hpp"

namespace backplane::tests {

// A fixture to be loaded: its name, and what its manifest entry says beside the defaults (all hooks granted).
struct Plug {
  std::string fixture;
  std::string config = "{}";
  std::function<void(manifest::PluginSettings&)> adjust{};
  std::string id{};  // default: the fixture's name with '-' for '_'
};

enum class Log { kept, none };  // of events

class Rig {
 public:
  // Without a clock of the test's own it is the machine's.
  explicit Rig(const std::function<void(manifest::OperationSettings&)>& adjust = {}, const events::BusLimits& limits = {},
               Log log = Log::kept, const base::Clock* clock = nullptr);
  ~Rig();

  // The outcome of a request, waited for.
  operation::Outcome run(operation::Request request);

  // The same for common actions on the type note.
  operation::Outcome create(const std::string& id, const std::string& document);
  operation::Outcome get(const std::string& id);
  operation::Outcome update(const std::string& id, const std::string& document);
  operation::Outcome act(model::Action action, const std::string& id, const std::string& body = {});

  // The lines that fixtures recorded in `record` (see tests/fixtures), in order.
  std::vector<std::string> recorded() const;
  std::string record() const { return (directory_ / "record").string(); }
  // {"record": ...} for a fixture's config, with further members.
  std::string recording(const std::string& more = {}) const;

  const TemporaryDirectory& directory() const { return directory_; }
  store::Store& store() { return *store_; }
  operation::Conductor& conductor() { return *conductor_; }
  events::Bus& bus() { return *bus_; }
  operation::StoreTransfers& transfers() { return *transfers_; }
  plugin::Registry& registry() { return *registry_; }

  // Loads these plugins. Once, before the first operation; without it the host has none.
  void load(const std::vector<Plug>& plugs);

 private:
  TemporaryDirectory directory_;
  manifest::OperationSettings settings_;
  base::SystemClock machine_clock_;
  const base::Clock& clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<base::WorkerPool> pool_;
  std::unique_ptr<events::Bus> bus_;
  std::unique_ptr<operation::Conductor> conductor_;
  std::unique_ptr<operation::StoreTransfers> transfers_;
  std::unique_ptr<plugin::Registry> registry_;
  std::unique_ptr<plugin::Watchdog> watchdog_;
};

// Requests on the type note, by actor "ann" without tenant.
operation::Request request(model::Action action, const std::string& id = {}, const std::string& body = {});

// The error of an outcome that must have one, and the answer's body as JSON of one that must have none.
base::Error error_of(const operation::Outcome& outcome);
base::Json body_of(const operation::Outcome& outcome);

}  // namespace backplane::tests
