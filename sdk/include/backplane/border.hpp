// What the other headers share to cross the C border: strings, fields and functions that an older host may not
// have, exceptions that wait until a callback has returned. Nothing here is meant for plugins. Part of backplane.hpp.
#pragma once

#include <backplane/backplane.h>
#include <backplane/error.hpp>

#include <cstddef>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace backplane::sdk::detail {

inline bp_string to_c(std::string_view text) { return bp_string{text.data(), text.size()}; }

inline std::string_view view(bp_string text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, static_cast<std::size_t>(text.size));
}

// A member of a struct that the host wrote, or `absent` when the host is too old to know it.
template <class Struct, class T>
T field(const Struct& from, T Struct::*member, T absent = T{}) {
  const auto end = reinterpret_cast<const char*>(&(from.*member) + 1) - reinterpret_cast<const char*>(&from);
  return from.struct_size >= static_cast<std::size_t>(end) ? from.*member : absent;
}

// Stands in for a function that the host does not have.
template <class Result, class... Arguments>
Result not_offered(Arguments...) {
  if constexpr (std::is_same_v<Result, std::int32_t>) {
    return BP_E_UNSUPPORTED;
  } else if constexpr (!std::is_void_v<Result>) {
    return Result{};
  }
}

template <class Result, class... Arguments>
void offer(Result (*&function)(Arguments...)) {
  if (function == nullptr) function = &not_offered<Result, Arguments...>;
}

// The host's table as this header knows it: what an older host lacks answers BP_E_UNSUPPORTED, so that no call
// has to ask first.
inline bp_host complete(const bp_host& host) {
  bp_host table{};
  const std::size_t size = host.struct_size < sizeof table ? host.struct_size : sizeof table;
  std::memcpy(&table, &host, size - size % sizeof(void*));  // half a pointer is none
  table.struct_size = sizeof table;
  offer(table.get_interface);
  offer(table.log);
  offer(table.fault);
  offer(table.add_hook);
  offer(table.compile_pointer);
  offer(table.config);
  offer(table.document_json);
  offer(table.document_get);
  offer(table.document_find);
  offer(table.document_each);
  offer(table.document_text);
  offer(table.op_reject);
  offer(table.op_replace);
  offer(table.op_patch);
  offer(table.op_set_status);
  offer(table.op_enlist);
  offer(table.op_remaining_us);
  offer(table.operate);
  return table;
}

inline bp_error empty_error() {
  bp_error error{};
  error.struct_size = sizeof error;
  return error;
}

// The Error for a call that returned `status` and left `error`; `what` names the call.
inline Error error_of(std::int32_t status, const bp_error& error, std::string_view what) {
  std::string message(view(field(error, &bp_error::message)));
  if (message.empty()) {
    message =
        std::string(what) + ": " +
        (status == BP_E_UNSUPPORTED ? "not offered by this host" : std::string(name_of(static_cast<Status>(status))));
  }
  return Error(static_cast<Status>(status), std::move(message), std::string(view(field(error, &bp_error::reason))),
               std::string(view(field(error, &bp_error::details))), std::string(view(field(error, &bp_error::plugin))));
}

inline void require(std::int32_t status, const bp_error& error, std::string_view what) {
  if (status != BP_OK) throw error_of(status, error, what);
}

// A function of the plugin's as a C callback. What it throws is kept and thrown again by rethrow(), once the
// host's function has returned.
template <class Function>
struct Callback {
  Function& function;
  std::exception_ptr thrown;

  template <class... Arguments>
  void call(Arguments&&... arguments) noexcept {
    try {
      function(std::forward<Arguments>(arguments)...);
    } catch (...) {
      thrown = std::current_exception();
    }
  }

  void rethrow() const {
    if (thrown) std::rethrow_exception(thrown);
  }
};

}  // namespace backplane::sdk::detail
