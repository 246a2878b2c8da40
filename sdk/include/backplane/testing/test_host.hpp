// TestHost at work. Included by testing.hpp.
#pragma once

#include <backplane/testing/events_table.hpp>

#include <algorithm>
#include <utility>

namespace backplane::sdk::testing {

inline TestHost::TestHost(Entry entry, nlohmann::json config, std::uint32_t table_size, std::uint32_t events_size)
    : TestHost(entry, std::move(config), table_size, events_size, nullptr) {}

inline TestHost::TestHost(Entry entry, nlohmann::json config, const State& state)
    : TestHost(entry, std::move(config), sizeof(bp_host), sizeof(bp_events), &state) {}

inline TestHost::TestHost(Entry entry, nlohmann::json config, std::uint32_t table_size, std::uint32_t events_size,
                          const State* state)
    : config_(std::make_unique<FakeDocument>(config.is_null() ? nlohmann::json::object() : std::move(config))),
      bus_(std::make_unique<FakeBus>(*this)),
      table_(HostTable::make(table_size)),
      events_(EventsTable::make(events_size)),
      plugin_(entry()) {
  if (plugin_ == nullptr) throw Error(Status::plugin_fault, "backplane_plugin_1: wanted a table, found NULL");
  bp_self* self = reinterpret_cast<bp_self*>(this);
  const std::int32_t status = plugin_->create(&table_, self, &instance_);
  if (status != BP_OK) throw error_of("create", status);
  try {
    if (state) load(*state);
    start();
  } catch (...) {
    plugin_->destroy(instance_);
    throw;
  }
}

inline void TestHost::load(const State& state) {
  const std::int32_t status = state_interface().load(instance_, state.schema, detail::to_c(state.bytes));
  if (status != BP_OK) throw error_of("load", status);
}

inline void TestHost::start() {
  if (running_) return;
  const std::int32_t status = plugin_->start ? plugin_->start(instance_) : BP_OK;
  if (status != BP_OK) throw error_of("start", status);
  running_ = true;
}

inline std::string TestHost::save_state() {
  if (const auto fault = stop()) throw Error(fault->status, fault->message, {}, fault->details);
  std::vector<std::string> received;
  const auto receive = [](void* into, bp_string state) {
    static_cast<std::vector<std::string>*>(into)->emplace_back(detail::view(state));
  };
  const std::int32_t status = state_interface().save(instance_, receive, &received);
  if (status != BP_OK) throw error_of("save", status);
  if (received.size() != 1)
    throw Error(Status::plugin_fault, "save: wanted one state, found " + std::to_string(received.size()));
  return std::move(received.front());
}

inline const bp_state& TestHost::state_interface() const {
  const void* found = plugin_->get_interface ? plugin_->get_interface(instance_, detail::to_c(BP_STATE_NAME)) : nullptr;
  if (found == nullptr) throw Error(Status::unsupported, "this plugin has no state to hand over (" BP_STATE_NAME ")");
  return *static_cast<const bp_state*>(found);
}

inline Error TestHost::error_of(const char* step, std::int32_t status) {
  const Fault fault = fault_of(step, status);
  return Error(fault.status, fault.message, {}, fault.details);
}

inline TestHost::~TestHost() {
  stop();
  plugin_->destroy(instance_);
}

inline std::optional<Fault> TestHost::stop() {
  if (!std::exchange(running_, false) || plugin_->stop == nullptr) return std::nullopt;
  const std::int32_t status = plugin_->stop(instance_);
  return status == BP_OK ? std::nullopt : std::optional(fault_of("stop", status));
}

inline std::int32_t TestHost::call(const Handled& what, const std::function<std::int32_t()>& handler) {
  {
    const std::lock_guard lock(mutex_);
    last_fault_.reset();  // what was said in another call
  }
  const Handled outer = std::exchange(handled_now, what);
  const std::int32_t status = handler();
  handled_now = outer;
  return status;
}

inline Fault TestHost::fault_of(std::string handler, std::int32_t status) {
  const std::lock_guard lock(mutex_);
  Fault fault = last_fault_.value_or(Fault{"", Status::plugin_fault, "the plugin did not say why", ""});
  last_fault_.reset();
  fault.handler = std::move(handler);
  fault.status = status == BP_REJECTED ? Status::plugin_fault : static_cast<Status>(status);
  return fault;
}

inline Fired TestHost::fire(Phase phase, Action action, const Given& given) {
  Fired fired;
  FakeOperation operation(*this, fired, phase, action, given);
  for (const auto& hook : hooks_) {
    const bool of_type =
        hook.types.empty() || std::find(hook.types.begin(), hook.types.end(), given.type_) != hook.types.end();
    if (!of_type || (hook.phases & operation.phase) == 0 || !is(action, hook.actions)) continue;
    fired.called.push_back(hook.name);
    const std::int32_t status =
        call({this, &operation, nullptr}, [&] { return hook.handler(hook.user_data, &operation); });
    fired.rejected = operation.rejected || (status == BP_REJECTED && phase == Phase::before);
    if (fired.rejected) break;
    if (status == BP_OK) continue;
    fired.faults.push_back(fault_of(hook.name, status));
    if (phase == Phase::before) break;
  }
  return fired;
}

inline Ran TestHost::run(Action action, const Given& given) {
  Ran ran;
  Given facts = given;
  facts.error_.reset();
  bool stage_reached = false;

  if (given.denied_) {
    ran.error = given.denied_;
  } else {
    ran.before = fire(Phase::before, action, facts);
    if (ran.before.rejected) {
      ran.error = Error(Status::rejected, ran.before.message, ran.before.reason,
                        ran.before.details.is_null() ? "" : ran.before.details.dump());
    } else if (!ran.before.faults.empty()) {
      ran.error = Error(Status::plugin_fault, ran.before.faults.front().message);
    } else {
      stage_reached = true;
      ran.error = given.error_;
    }
    if (facts.input_) facts.input_ = ran.before.document;
  }

  ran.outcome = ran.error ? Outcome::failed : Outcome::succeeded;
  if (ran.error) {
    facts.error_ = ran.error;
    facts.result_.reset();
    ran.on_failure = fire(Phase::on_failure, action, facts);
  } else {
    if (!facts.result_) facts.result_ = facts.input_;
    ran.on_success = fire(Phase::on_success, action, facts);
  }
  if (stage_reached) ran.after = fire(Phase::after, action, facts);
  if (!ran.error && !given.dry_run_)
    for (const auto& event : ran.before.enlisted_events) bus_->publish(event);
  return ran;
}

inline Dispatched TestHost::publish(std::string_view type, nlohmann::json payload, const GivenEvent& given) {
  PublishedEvent event;
  event.id = given.event_id_;
  event.type = type;
  event.tenant = given.tenant_;
  event.actor = given.actor_;
  event.source = given.source_;
  event.key = given.key_;
  event.correlation_id = given.correlation_id_;
  event.causation_id = given.causation_id_;
  event.payload = payload.is_null() ? nlohmann::json::object() : std::move(payload);
  event.promise = given.promise_;
  event.time_us = given.time_us_;
  event.depth = given.depth_;
  event.replayed = given.replayed_;
  event.budget = given.budget_;
  return bus_->publish(std::move(event));
}

inline std::vector<Delivery> TestHost::run_background() { return bus_->run(DeliveryMode::background); }
inline std::vector<Delivery> TestHost::run_durable() { return bus_->run(DeliveryMode::durable); }
inline void TestHost::advance(std::chrono::microseconds by) { bus_->advance(by); }
inline std::vector<RegisteredSubscription> TestHost::subscriptions() const { return bus_->subscriptions(); }
inline std::vector<PublishedEvent> TestHost::published() const { return bus_->published(); }
inline std::vector<Delivery> TestHost::delivered() const { return bus_->delivered(); }

inline std::vector<LogLine> TestHost::logged() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

inline std::vector<Asked> TestHost::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace backplane::sdk::testing
