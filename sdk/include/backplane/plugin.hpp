// The plugin itself: a class made from Plugin that says in its constructor which of its functions handle which
// operations and events. Part of backplane.hpp.
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
// metadata says "threading": "serial". The constructor, load_state(), start(), stop(), save_state() and the destructor
// run on threads of the host's, maybe different ones, never two of them at once and each seeing what the one before
// did. A constructor or start() that throws ends the load, with the exception's text.
class Plugin {
 public:
  explicit Plugin(Host host) : host_(host) {}
  virtual ~Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  // Called before the first handler, and after the last one has returned. End your own threads in stop(). After it
  // comes the destructor; or start() again, when the next build of the plugin could not take over in a reload. That
  // build's constructor runs while this one's handlers do: take what only one of them can have in start().
  virtual void start() {}
  virtual void stop() {}

  // What a reload must not lose: override both, publicly, and say "state_schema" in the metadata. save_state() is
  // called after stop() and gives bytes of your own, not necessarily UTF-8; it takes nothing away, since start() may
  // follow. load_state() is called between constructor and start(), with the bytes and state_schema of the build that
  // saved them, which may be older or newer: throw Error(Status::unsupported, ...) for one that you cannot read. What
  // either throws ends the reload, with its text, and the old build goes on. No handler runs meanwhile; ask for no
  // operations and publish nothing there.
  virtual std::string save_state() { throw Error(Status::unsupported, "save_state() is not overridden"); }
  virtual void load_state(std::uint64_t schema, std::string_view state) {
    (void)schema, (void)state;
    throw Error(Status::unsupported, "load_state() is not overridden");
  }

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

}  // namespace backplane::sdk
