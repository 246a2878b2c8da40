// The plugin itself: a class made from Plugin that says in its constructor which of its functions handle which
// operations and events, and one line, BACKPLANE_PLUGIN, that makes it the plugin of this shared library. Part of
// backplane.hpp.
#pragma once

#include <backplane/event_types.hpp>
#include <backplane/handling.hpp>
#include <backplane/subscription.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace backplane::sdk {

// The base of a plugin's class, which is constructed from a Host. What the constructor passes to handle() and
// on_event() is registered with the host when it has finished, in that order: hooks and subscriptions are called in the
// order of the manifest, within a plugin in the order registered. Handlers run on several threads at once unless the
// metadata says "threading": "serial". The constructor, start(), stop() and the destructor run on threads of the
// host's, maybe different ones, never two of them at once and each seeing what the one before did. A constructor or
// start() that throws ends the load, with the exception's text.
class Plugin {
 public:
  explicit Plugin(Host host) : host_(host) {}
  virtual ~Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  // Called once before the first handler, and once after the last one has returned. End your own threads in stop().
  virtual void start() {}
  virtual void stop() {}

  // A table of functions beyond the core, offered to the host by name and revision, or null. Called between the
  // constructor and the destructor, not while start() or stop() runs; handlers may be running.
  virtual const void* get_interface(std::string_view name) {
    (void)name;
    return nullptr;
  }

  // Any thread, also outside of handlers.
  const Host& host() const { return host_; }

 protected:
  // Says which functions handle operations, each on its own: lambdas, free functions, function objects and member
  // functions of this plugin (`handle(&Audit::write)`), called with an Operation&. Only in the constructor.
  template <class... Functions>
  Handling handle(Functions&&... functions) {
    static_assert(sizeof...(functions) > 0, "handle() wants at least one function");
    if (registered_)
      throw Error(Status::unsupported, "handle(): handlers are registered in the plugin's constructor only");
    const std::size_t first = handlers_.size();
    (add(std::forward<Functions>(functions)), ...);
    return Handling(*this, handlers_, first);
  }

  // Says which function is called for events: of one type, with the struct that BACKPLANE_EVENT made it, as
  // f(const E&) or f(const E&, Event&); or of every type that matches a pattern ("order.confirmed", "order.*": one
  // segment more, "order.>": one or more, "*": every event), as f(Event&). f is a lambda, a function object, a free
  // function or a member function of this plugin. What is returned says how it is called: see Subscription. Only in
  // the constructor. Error unsupported: this host has no events (see Host::offers_events).
  //
  // A payload that is not what E wants is a fault; for a durable subscription the event is a dead letter at once. What
  // f throws is a fault with its text; a Rejection thrown for a durable subscription makes the event a dead letter.
  template <class E, class Function, detail::ForEvent<E> = 0>
  Subscription on_event(Function&& function) {
    return subscribe(E::event_type(), [call = bound(std::forward<Function>(function))](Event& event) mutable {
      using F = decltype(call);
      static_assert(std::is_invocable_v<F&, const E&, Event&> || std::is_invocable_v<F&, const E&>,
                    "a handler of events of type E is called with (const E&) or (const E&, Event&)");
      const E payload = event.as<E>();
      if constexpr (std::is_invocable_v<F&, const E&, Event&>) {
        call(payload, event);
      } else {
        call(payload);
      }
    });
  }
  template <class Function>
  Subscription on_event(std::string_view pattern, Function&& function) {
    auto call = bound(std::forward<Function>(function));
    static_assert(std::is_invocable_v<decltype(call)&, Event&>,
                  "a handler of a pattern of events is called with an Event&");
    return subscribe(pattern, std::move(call));
  }

 private:
  friend class Handling;
  template <class P>
  friend struct Instance;

  // The function as something to call: a member function of the plugin with its object.
  template <class Function>
  auto bound(Function&& function) {
    using F = std::decay_t<Function>;
    if constexpr (std::is_member_function_pointer_v<F>) {
      using Owner = typename detail::OwnerOf<F>::type;
      static_assert(std::is_base_of_v<Plugin, Owner>,
                    "member functions are those of the plugin itself; capture other objects in a lambda");
      return detail::Bound<Owner, F>{static_cast<Owner*>(this), function};
    } else {
      return F(std::forward<Function>(function));
    }
  }

  template <class Function>
  void add(Function&& function) {
    auto call = bound(std::forward<Function>(function));
    static_assert(std::is_invocable_v<decltype(call)&, Operation&>, "a handler is called with an Operation&");
    auto& handler = handlers_.emplace_back();
    handler.table = &host_.table();
    handler.self = host_.self();
    handler.function = std::move(call);
  }

  Subscription subscribe(std::string_view pattern, std::function<void(Event&)> function);
  void register_all();
  void register_hooks();

  Host host_;
  std::deque<detail::Handler> handlers_;
  std::vector<std::unique_ptr<detail::Subscriber>> subscribers_;
  bool registered_ = false;
};

template <class... Functions>
Handling Handling::handle(Functions&&... functions) {
  return plugin_->handle(std::forward<Functions>(functions)...);
}

inline Subscription Plugin::subscribe(std::string_view pattern, std::function<void(Event&)> function) {
  const std::string what = "on_event(" + quote(pattern) + ")";
  if (registered_)
    throw Error(Status::unsupported, what + ": events are subscribed to in the plugin's constructor only");
  auto subscriber = std::make_unique<detail::Subscriber>();
  subscriber->events = detail::events_of(host_.table(), host_.self(), what);
  subscriber->function = std::move(function);
  subscriber->pattern = pattern;
  subscriber->table = &host_.table();
  subscriber->self = host_.self();
  return Subscription(*subscribers_.emplace_back(std::move(subscriber)));
}

inline void Plugin::register_all() {
  registered_ = true;
  register_hooks();
  for (const auto& subscriber : subscribers_) detail::subscribe(*subscriber);
}

inline void Plugin::register_hooks() {
  std::set<std::string> names;
  for (auto& handler : handlers_) {
    const auto hooks = detail::hooks_of(handler);
    if (hooks.empty()) {
      throw Error(Status::invalid_argument,
                  "handler " + quote(handler.name) +
                      ": wanted a phase (before, after, on_success or on_failure) with an action, found none");
    }
    for (const auto& one : hooks) {
      std::string name = handler.name;
      for (int n = 2; !name.empty() && !names.insert(name).second; ++n) name = handler.name + "-" + std::to_string(n);
      detail::add_hook(handler, one, name);
    }
  }
}

// A plugin's object with the host's table beside it, and the C functions that serve it.
template <class P>
struct Instance {
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

  static std::int32_t start(void* instance) noexcept { return run(instance, &Plugin::start); }
  static std::int32_t stop(void* instance) noexcept { return run(instance, &Plugin::stop); }
  static void destroy(void* instance) noexcept { delete static_cast<Instance*>(instance); }

  static const void* get_interface(void* instance, bp_string name) noexcept {
    auto& here = *static_cast<Instance*>(instance);
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
  static std::int32_t run(void* instance, void (Plugin::*step)()) noexcept {
    auto& here = *static_cast<Instance*>(instance);
    try {
      (static_cast<Plugin&>(here.plugin).*step)();
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
#define BACKPLANE_PLUGIN(Class, ...)                                                       \
  BP_PLUGIN_METADATA(__VA_ARGS__);                                                         \
  extern "C" BP_EXPORT const bp_plugin* backplane_plugin_1(void) {                         \
    static constexpr bp_plugin functions = ::backplane::sdk::Instance<Class>::functions(); \
    return &functions;                                                                     \
  }                                                                                        \
  static_assert(std::is_base_of<::backplane::sdk::Plugin, Class>::value,                   \
                "a plugin is a class made from "                                           \
                "backplane::sdk::Plugin")
