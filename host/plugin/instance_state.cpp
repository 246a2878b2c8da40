// An instance's state, by way of the plugin's interface "backplane.state/1".
#include "plugin/crossing.hpp"
#include "plugin/instance.hpp"

namespace backplane::plugin {

// Asked for once: in a reload every call is time in which callers wait.
base::Result<void> Instance::find_state_table() {
  if (!has_state()) return base::ok();
  const bp_plugin& table = *opened_.table;
  constexpr std::size_t least = offsetof(bp_plugin, get_interface) + sizeof(bp_plugin::get_interface);
  constexpr std::size_t least_state = offsetof(bp_state, load) + sizeof(bp_state::load);  // that of 1.0
  const auto found = std::make_shared<const void*>(nullptr);  // a thread that comes back too late still writes here
  if (table.struct_size >= least && table.get_interface != nullptr)
    BACKPLANE_CHECK(call("create", [&table, found, instance = instance_] {
      *found = table.get_interface(instance, plugin::to_abi(BP_STATE_NAME));
      return BP_OK;
    }));
  const auto* const state = static_cast<const bp_state*>(*found);
  if (state == nullptr || state->struct_size < least_state || state->save == nullptr || state->load == nullptr)
    return error_at(base::Code::unsupported, "create",
                   "its metadata has a state_schema: wanted the interface " BP_STATE_NAME " with save and load, found none");
  if (state->reserved != 0)
    return error_at(base::Code::unsupported, "create", "wanted 0 in bp_state.reserved, found " + std::to_string(state->reserved));
  state_table_ = state;
  return base::ok();
}

base::Result<std::optional<SavedState>> Instance::save_state(std::size_t most_bytes, std::chrono::microseconds patience) {
  if (!has_state()) return std::optional<SavedState>();
  // A thread that comes back too late still writes here.
  struct Taken {
    std::string bytes{};
    std::size_t most;
    std::uint64_t size = 0;
    std::size_t calls = 0;
  };
  const auto taken = std::make_shared<Taken>(Taken{.most = most_bytes});
  const auto receive = [](void* user_data, bp_string state) {
    Taken& to = *static_cast<Taken*>(user_data);
    ++to.calls;
    to.size = state.size;
    if (state.size > 0 && state.size <= to.most) to.bytes.assign(state.data, state.size);
  };
  BACKPLANE_CHECK(call("save", [=, table = state_table_, instance = instance_] { return table->save(instance, receive, taken.get()); }, patience));
  if (taken->calls != 1)
    return error_at(base::Code::plugin_fault, "save", "wanted one call of receive, found " + std::to_string(taken->calls));
  if (taken->size > most_bytes)
    return error_at(base::Code::too_large, "save",
                   "wanted a state of at most " + std::to_string(most_bytes) + " bytes (reload.max_state), found " +
                       std::to_string(taken->size));
  return std::optional(SavedState{*opened_.metadata.state_schema, std::move(taken->bytes)});
}

base::Result<void> Instance::load_state(const SavedState& state, std::chrono::microseconds patience) {
  const auto given = std::make_shared<const SavedState>(state);
  return call("load", [table = state_table_, given, instance = instance_] {
    return table->load(instance, given->schema, plugin::to_abi(given->bytes));
  }, patience);
}

}  // namespace backplane::plugin
