// A plugin's object as the host holds it: the C functions that serve it, and BACKPLANE_PLUGIN, which makes a class the
// plugin of this shared library. Part of backplane.hpp.
#pragma once

#include <backplane/state.h>
#include <backplane/plugin.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace backplane::sdk {
namespace detail {

template <class P>
inline constexpr bool saves_state = !std::is_same_v<decltype(&P::save_state), decltype(&Plugin::save_state)>;
template <class P>
inline constexpr bool loads_state = !std::is_same_v<decltype(&P::load_state), decltype(&Plugin::load_state)>;

constexpr bool declares_state(std::string_view metadata) {
  return metadata.find("\"state_schema\"") != std::string_view::npos;
}

}  // namespace detail

// A plugin's object with the host's table beside it, and the C functions that serve it.
template <class P>
struct Instance {
  static_assert(detail::saves_state<P> == detail::loads_state<P>,
                "save_state() and load_state() are overridden both or not at all");

  Instance(const bp_host& host, bp_self* self_given)
      : table(detail::complete(host)), self(self_given), plugin(Host(table, self)) {}

  static std::int32_t create(const bp_host* host, bp_self* self, void** out) noexcept {
    try {
      auto instance = std::make_unique<Instance>(*host, self);
      static_cast<Plugin&>(instance->plugin).register_all();
      *out = instance.release();
      return BP_OK;
    } catch (...) {
      return detail::explain(detail::complete(*host), self);
    }
  }

  static std::int32_t start(void* instance) noexcept {
    return run(instance, [](Plugin& plugin) { plugin.start(); });
  }
  static std::int32_t stop(void* instance) noexcept {
    return run(instance, [](Plugin& plugin) { plugin.stop(); });
  }
  static void destroy(void* instance) noexcept { delete static_cast<Instance*>(instance); }

  static std::int32_t save(void* instance, void (*receive)(void*, bp_string), void* user_data) noexcept {
    return run(instance, [&](Plugin& plugin) { receive(user_data, detail::to_c(plugin.save_state())); });
  }
  static std::int32_t load(void* instance, std::uint64_t schema, bp_string state) noexcept {
    return run(instance, [&](Plugin& plugin) { plugin.load_state(schema, detail::view(state)); });
  }

  static const void* get_interface(void* instance, bp_string name) noexcept {
    static constexpr bp_state state{sizeof(bp_state), 0, &save, &load};
    auto& here = *static_cast<Instance*>(instance);
    if (detail::saves_state<P> && detail::view(name) == BP_STATE_NAME) return &state;
    try {
      return static_cast<Plugin&>(here.plugin).get_interface(detail::view(name));
    } catch (...) {
      detail::explain(here.table, here.self);
      return nullptr;
    }
  }

  static constexpr bp_plugin functions() {
    return {sizeof(bp_plugin), BP_ABI_MINOR, &create, &start, &stop, &destroy, &get_interface};
  }

  bp_host table;
  bp_self* self;
  P plugin;

 private:
  template <class Step>
  static std::int32_t run(void* instance, Step step) noexcept {
    auto& here = *static_cast<Instance*>(instance);
    try {
      step(static_cast<Plugin&>(here.plugin));
      return BP_OK;
    } catch (...) {
      return detail::explain(here.table, here.self);
    }
  }
};

}  // namespace backplane::sdk

// BACKPLANE_PLUGIN(Class, { "id": "title-check", "version": "1.0.0", ... });
//
// Once per shared library, at file scope outside of any namespace. The object is the plugin's metadata, plain JSON:
// its members are listed at BP_PLUGIN_METADATA in backplane.h.
#define BACKPLANE_PLUGIN(Class, ...)                                                                          \
  BP_PLUGIN_METADATA(__VA_ARGS__);                                                                            \
  extern "C" BP_EXPORT const bp_plugin* backplane_plugin_1(void) {                                            \
    static constexpr bp_plugin functions = ::backplane::sdk::Instance<Class>::functions();                    \
    return &functions;                                                                                        \
  }                                                                                                           \
  static_assert(std::is_base_of<::backplane::sdk::Plugin, Class>::value,                                      \
                "a plugin is a class made from "                                                              \
                "backplane::sdk::Plugin");                                                                    \
  static_assert(                                                                                              \
      ::backplane::sdk::detail::saves_state<Class> == ::backplane::sdk::detail::declares_state(#__VA_ARGS__), \
      "a plugin that overrides save_state() and load_state() says "                                           \
      "\"state_schema\" in its metadata, and no other plugin does")
