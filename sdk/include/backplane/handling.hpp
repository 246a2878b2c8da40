// When a plugin's functions are called: the fluent expression that handle() begins, and the C function behind every
// handler. Part of backplane.hpp. Used in a plugin's constructor.
#pragma once

#include <backplane/operation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace backplane::sdk {

class Plugin;

namespace detail {

// One function of a plugin and when it is called.
struct Handler {
  struct Rule {
    Phase phase;
    Action actions;
    std::vector<std::string> types;
  };
  std::function<void(Operation&)> function;
  std::vector<Rule> rules;
  std::vector<std::string> types;  // of the rules that name none
  std::string name;
  const bp_host* table = nullptr;
  bp_self* self = nullptr;
};

// Tells the host why; only inside a catch block. Returns the status to leave with.
inline std::int32_t explain(const bp_host& table, bp_self* self) noexcept {
  const auto fault = [&](std::string_view message, std::string_view details) {
    table.fault(self, to_c(message), to_c(details));
  };
  try {
    throw;
  } catch (const Rejection& rejection) {
    fault(rejection.message(), rejection.details());
  } catch (const Error& error) {
    fault(error.message(), error.details());
    if (error.status() != Status::ok && error.status() != Status::rejected)
      return static_cast<std::int32_t>(error.status());
  } catch (const std::exception& error) {
    fault(error.what(), {});
  } catch (...) {
    fault("an exception that is no std::exception", {});
  }
  return BP_E_PLUGIN_FAULT;
}

// The C function behind every handler. What the handler decided before it threw stands.
inline std::int32_t call_handler(void* user_data, const bp_operation* operation) noexcept {
  const auto& handler = *static_cast<const Handler*>(user_data);
  Operation op(*handler.table, handler.self, *operation);
  try {
    try {
      handler.function(op);
    } catch (const Rejection& rejection) {
      if (!op.rejected()) op.reject(rejection);
    }
    return op.rejected() ? BP_REJECTED : BP_OK;
  } catch (...) {
    const std::int32_t status = explain(*handler.table, handler.self);
    return op.rejected() ? BP_REJECTED : status;
  }
}

// What one bp_hook covers of a handler.
struct Hook {
  std::uint32_t phases;
  std::uint64_t actions;
  const std::vector<std::string>* types;
};

// The fewest hooks that say what the handler's rules say, and each action of a phase and its types once.
inline std::vector<Hook> hooks_of(const Handler& handler) {
  const auto types_of = [&](const Handler::Rule& rule) -> auto& {
    return rule.types.empty() ? handler.types : rule.types;
  };
  std::vector<Hook> hooks;
  for (const auto& first : handler.rules) {
    const auto& types = types_of(first);
    const auto known = [&](const Hook& hook) { return *hook.types == types; };
    if (std::any_of(hooks.begin(), hooks.end(), known)) continue;
    for (const Phase phase : {Phase::before, Phase::after, Phase::on_success, Phase::on_failure}) {
      std::uint64_t actions = 0;
      for (const auto& rule : handler.rules)
        actions |= rule.phase == phase && types_of(rule) == types ? bits(rule.actions) : 0;
      const auto alike = [&](const Hook& hook) { return known(hook) && hook.actions == actions; };
      const auto same = std::find_if(hooks.begin(), hooks.end(), alike);
      if (same != hooks.end()) {
        same->phases |= static_cast<std::uint32_t>(phase);
      } else if (actions != 0) {
        hooks.push_back({static_cast<std::uint32_t>(phase), actions, &types});
      }
    }
  }
  return hooks;
}

inline void add_hook(Handler& handler, const Hook& covers, std::string_view name) {
  std::vector<bp_string> types;
  for (const auto& type : *covers.types) types.push_back(to_c(type));
  bp_hook hook{};
  hook.struct_size = sizeof hook;
  hook.phases = covers.phases;
  hook.actions = covers.actions;
  hook.types = types.data();
  hook.type_count = types.size();
  hook.name = to_c(name);
  hook.handler = &call_handler;
  hook.user_data = &handler;
  bp_error error = empty_error();
  require(handler.table->add_hook(handler.self, &hook, &error), error, "add_hook");
}

template <class Member>
struct OwnerOf;
template <class Member, class Class>
struct OwnerOf<Member Class::*> {
  using type = Class;
};

// A member function with its object.
template <class Owner, class Member>
struct Bound {
  Owner* owner;
  Member member;

  template <class... Arguments>
  auto operator()(Arguments&&... arguments) const -> std::invoke_result_t<const Member&, Owner*, Arguments...> {
    return (owner->*member)(std::forward<Arguments>(arguments)...);
  }
};

}  // namespace detail

// What handle(...) returns: says when the functions given to it are called, and goes on to the next ones.
//
//   handle(check).before(Action::create)
//       .handle(count, print).on_success(Action::write, "note", "task").named("statistics");
//
// Without resource types, a phase covers every type. The same function may be given several phases.
class Handling {
 public:
  template <class... Types>
  Handling& before(Action actions, const Types&... types) {
    return on(Phase::before, actions, types...);
  }
  template <class... Types>
  Handling& after(Action actions, const Types&... types) {
    return on(Phase::after, actions, types...);
  }
  template <class... Types>
  Handling& on_success(Action actions, const Types&... types) {
    return on(Phase::on_success, actions, types...);
  }
  template <class... Types>
  Handling& on_failure(Action actions, const Types&... types) {
    return on(Phase::on_failure, actions, types...);
  }

  template <class... Types>
  Handling& on(Phase phase, Action actions, const Types&... types) {
    for (std::size_t i = first_; i < end_; ++i)
      (*handlers_)[i].rules.push_back({phase, actions, {std::string(types)...}});
    return *this;
  }

  // Limits the phases of these functions that name no types themselves to these resource types; none: every type.
  template <class... Types>
  Handling& of(const Types&... types) {
    return of(std::vector<std::string>{std::string(types)...});
  }
  Handling& of(const std::vector<std::string>& types) {
    for (std::size_t i = first_; i < end_; ++i) (*handlers_)[i].types = types;
    return *this;
  }

  // The name in logs, metrics and explanations; several hooks of one name are told apart by -2, -3 ...
  Handling& named(std::string_view name) {
    for (std::size_t i = first_; i < end_; ++i) (*handlers_)[i].name = name;
    return *this;
  }

  template <class... Functions>
  Handling handle(Functions&&... functions);

 private:
  friend class Plugin;
  Handling(Plugin& plugin, std::deque<detail::Handler>& handlers, std::size_t first)
      : plugin_(&plugin),
        handlers_(&handlers),
        first_(first),
        end_(handlers.size()) {}

  Plugin* plugin_;
  std::deque<detail::Handler>* handlers_;
  std::size_t first_, end_;
};

}  // namespace backplane::sdk
