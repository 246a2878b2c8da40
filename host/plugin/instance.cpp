#include "plugin/instance.hpp"

#include "base/log.hpp"
#include "plugin/grants.hpp"
#include "plugin/host_table.hpp"

namespace backplane::plugin {
namespace {

constexpr std::size_t most_hooks = 1024;
constexpr std::size_t most_pointers = 4096;
constexpr std::uint32_t all_phases = BP_BEFORE | BP_AFTER | BP_ON_SUCCESS | BP_ON_FAILURE;

// Calls a function of the plugin's table; an exception that comes out is a fault as any other.
template <class F>
base::Result<void> call_lifecycle(const std::string& id, const char* step, F function) {
  take_fault_text(0);  // what was said before is not about this
  std::string why;
  std::int32_t status = BP_OK;
  try {
    status = function();
    if (status == BP_OK) return base::ok();
    why = "returned " + std::to_string(status);
  } catch (const std::exception& error) {
    why = std::string("threw an exception: ") + error.what();
  } catch (...) {
    why = "threw something that is not a std::exception";
  }
  const FaultText said = take_fault_text(0);
  if (!said.message.empty()) why = said.message;
  return base::Error{base::Code::plugin_fault, "plugin '" + id + "': step " + step + ": " + why, {}, said.details, id};
}

}  // namespace

Instance::Instance(OpenedPlugin opened, std::uint64_t generation, manifest::PluginSettings settings,
                   std::chrono::microseconds deadline, PluginOperations& operations)
    : opened_(std::move(opened)), generation_(generation), settings_(std::move(settings)), deadline_(deadline), operations_(operations) {
  switch (settings_.threading) {
    case manifest::Threading::by_metadata: serial_ = opened_.metadata.threading == Threading::serial; break;
    case manifest::Threading::concurrent: serial_ = false; break;
    case manifest::Threading::serial: serial_ = true; break;
  }
}

base::Result<std::shared_ptr<Instance>> Instance::create(OpenedPlugin opened, std::uint64_t generation,
                                                         manifest::PluginSettings settings,
                                                         std::chrono::microseconds deadline, PluginOperations& operations) {
  std::shared_ptr<Instance> instance(new Instance(std::move(opened), generation, std::move(settings), deadline, operations));
  instance->creating_ = true;
  auto created = call_lifecycle(instance->id(), "create", [&] {
    return instance->opened_.table->create(&host_table(), instance->to_abi(), &instance->instance_);
  });
  instance->creating_ = false;
  if (!created) {
    instance->instance_ = nullptr;
    return std::move(created).error();
  }
  instance->created_ = true;
  return instance;
}

base::Result<void> Instance::start() {
  if (opened_.table->start != nullptr)
    BACKPLANE_CHECK(call_lifecycle(id(), "start", [&] { return opened_.table->start(instance_); }));
  started_ = true;
  return base::ok();
}

void Instance::stop() {
  if (!std::exchange(started_, false) || opened_.table->stop == nullptr || stuck_threads() != 0) return;
  if (auto stopped = call_lifecycle(id(), "stop", [&] { return opened_.table->stop(instance_); }); !stopped)
    base::log_error("plugin", stopped.error().message);
}

Instance::~Instance() {
  stop();
  if (stuck_threads() != 0) {
    std::move(opened_.library).park();
    return;
  }
  if (!created_) return;
  const auto destroyed = call_lifecycle(id(), "destroy", [&] {
    opened_.table->destroy(instance_);
    return BP_OK;
  });
  if (!destroyed) base::log_error("plugin", destroyed.error().message);
}

base::Result<void> Instance::add_hook(Hook hook) {
  const auto wrong = [&](std::string text) { return base::Error{base::Code::invalid_argument, "add_hook: " + text}; };
  if (!creating_) return base::Error{base::Code::unsupported, "add_hook: wanted a call inside create(), found one after it"};
  if (hook.handler == nullptr) return wrong("wanted a handler, found NULL");
  if (hook.phases == 0 || (hook.phases & ~all_phases) != 0)
    return wrong("wanted one or more of the phases 1, 2, 4 and 8, found the bits " + std::to_string(hook.phases));
  if (hook.actions.empty() || !hook.actions.without(model::actions::full).empty())
    return wrong("wanted one or more known actions, found the bits " + std::to_string(hook.actions.bits()));
  if (hooks_.size() >= most_hooks) return base::Error{base::Code::too_large, "add_hook: at most " + std::to_string(most_hooks) + " hooks"};
  if (hook.name.empty()) hook.name = std::to_string(hooks_.size() + 1);
  for (const Hook& other : hooks_)
    if (other.name == hook.name) return wrong("the name '" + hook.name + "' is given twice");
  BACKPLANE_CHECK(check_hook(opened_.metadata, settings_.grants, {hook.phases, hook.actions, hook.types}));
  hook.instance = this;
  hook.deadline = settings_.deadline.value_or(deadline_);
  hooks_.push_back(std::move(hook));
  return base::ok();
}

base::Result<const Pointer*> Instance::compile_pointer(std::string text) {
  return pointers_.with([&](auto& pointers) -> base::Result<const Pointer*> {
    if (const auto known = pointers.find(text); known != pointers.end()) return known->second.get();
    if (pointers.size() >= most_pointers)
      return base::Error{base::Code::too_large, "compile_pointer: at most " + std::to_string(most_pointers) + " pointers"};
    BACKPLANE_TRY(auto compiled, Pointer::parse(text));
    const auto [place, is_new] = pointers.emplace(std::move(text), std::make_unique<const Pointer>(std::move(compiled)));
    return place->second.get();
  });
}

}  // namespace backplane::plugin
