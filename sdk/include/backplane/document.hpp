// Reading JSON documents through the host, which parses each at most once: no JSON library, no copy, no allocation
// per access. Part of backplane.hpp.
//
//   std::optional<std::string_view> title = op.input().string("/title");
//   auto pages = op.input().integer("/pages").value_or(0);
//   std::string_view name = op.input().at("/name").as_string();   // throws when it is missing or no string
//
// Every view into a document is valid as long as the document: until the handler, or the receiver of a reply,
// returns; for the configuration, until the plugin is destroyed. Any thread.
#pragma once

#include <backplane/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace backplane::sdk {

class Host;

// A JSON Pointer compiled once, for handlers that are called often: make it in the plugin's constructor, as a
// member: `Pointer title_{host(), "/title"};`. The constructor throws Error invalid_argument for a text that is
// not a JSON Pointer. Cheap to copy, valid until the plugin is destroyed.
class Pointer {
 public:
  Pointer(const Host& host, std::string_view text);  // in host.hpp

  std::string_view text() const { return text_; }
  const bp_pointer* handle() const { return pointer_; }

 private:
  std::string text_;
  const bp_pointer* pointer_ = nullptr;
};

// A JSON document held by the host, or none (such as the input of a delete): ask with `if (document)`. Nothing is
// to be found in none. Wherever a pointer is wanted, give a Pointer or a text ("/tags/0", "" for the whole
// document; pointer_to builds one from its steps).
class Document {
 public:
  Document() = default;
  Document(const bp_host& host, const bp_document* document) : host_(&host), document_(document) {}

  explicit operator bool() const { return document_ != nullptr; }

  // The whole document as JSON text; empty when there is none.
  std::string_view json() const {
    return document_ ? detail::view(host_->document_json(document_)) : std::string_view();
  }

  // The value at the pointer, or nothing. Error invalid_argument: a text that is not a JSON Pointer.
  std::optional<Value> find(std::string_view pointer) const;
  std::optional<Value> find(const char* pointer) const { return find(std::string_view(pointer)); }
  std::optional<Value> find(const Pointer& pointer) const;

  // The value at the pointer. Error not_found: nothing is there.
  template <class P>
  Value at(const P& pointer) const {
    if (const auto value = find(pointer)) return *value;
    throw Error(Status::not_found, std::string(text_of(pointer)) + ": wanted a value, found nothing");
  }

  // The value at the pointer when it is there and of that kind, else nothing: `string("/title").value_or("")`.
  template <class P>
  std::optional<std::string_view> string(const P& pointer) const {
    return ask(pointer, &Value::string);
  }
  template <class P>
  std::optional<bool> boolean(const P& pointer) const {
    return ask(pointer, &Value::boolean);
  }
  template <class P>
  std::optional<std::int64_t> integer(const P& pointer) const {
    return ask(pointer, &Value::integer);
  }
  template <class P>
  std::optional<std::uint64_t> unsigned_integer(const P& pointer) const {
    return ask(pointer, &Value::unsigned_integer);
  }
  template <class P>
  std::optional<double> number(const P& pointer) const {
    return ask(pointer, &Value::number);
  }

  // The value at the pointer, which has to be there and of that kind: Error not_found or invalid_document, with
  // the pointer, what was wanted and what was found.
  template <class P>
  std::string_view required_string(const P& pointer) const {
    return demand(pointer, &Value::as_string);
  }
  template <class P>
  bool required_boolean(const P& pointer) const {
    return demand(pointer, &Value::as_boolean);
  }
  template <class P>
  std::int64_t required_integer(const P& pointer) const {
    return demand(pointer, &Value::as_integer);
  }
  template <class P>
  std::uint64_t required_unsigned_integer(const P& pointer) const {
    return demand(pointer, &Value::as_unsigned_integer);
  }
  template <class P>
  double required_number(const P& pointer) const {
    return demand(pointer, &Value::as_number);
  }

  // Calls `function` for each element of the array, as function(value), or for each element or member, as
  // function(key, value) with an empty key in arrays. A function that returns bool stops it by false. False when
  // no array or object is there.
  template <class Function>
  bool each(std::string_view pointer, Function&& function) const;
  template <class Function>
  bool each(const Pointer& pointer, Function&& function) const {
    return each(pointer.text(), function);
  }

  // The value at the pointer as JSON text, or nothing.
  std::optional<std::string> text(std::string_view pointer) const;

  const bp_document* handle() const { return document_; }

 private:
  static std::string_view text_of(std::string_view pointer) { return pointer; }
  static std::string_view text_of(const Pointer& pointer) { return pointer.text(); }

  [[noreturn]] static void refuse(std::int32_t status, std::string_view pointer) {
    throw Error(static_cast<Status>(status),
                "\"" + std::string(pointer) + "\": wanted a JSON Pointer, such as /title or /tags/0");
  }

  template <class P, class T>
  std::optional<T> ask(const P& pointer, std::optional<T> (Value::*getter)() const) const {
    const auto value = find(pointer);
    return value ? ((*value).*getter)() : std::nullopt;
  }

  template <class P, class T>
  T demand(const P& pointer, T (Value::*getter)() const) const {
    const Value value = at(pointer);
    try {
      return (value.*getter)();
    } catch (const Error& error) {
      throw Error(error.status(), std::string(text_of(pointer)) + ": " + error.message());
    }
  }

  const bp_host* host_ = nullptr;
  const bp_document* document_ = nullptr;
};

inline std::optional<Value> Document::find(std::string_view pointer) const {
  bp_value value{};
  if (document_ == nullptr) return std::nullopt;
  const std::int32_t status = host_->document_find(document_, detail::to_c(pointer), &value);
  if (status == BP_E_NOT_FOUND) return std::nullopt;
  if (status != BP_OK) refuse(status, pointer);
  return Value(value);
}

inline std::optional<Value> Document::find(const Pointer& pointer) const {
  bp_value value{};
  if (document_ == nullptr) return std::nullopt;
  const std::int32_t status = host_->document_get(document_, pointer.handle(), &value);
  if (status == BP_E_NOT_FOUND) return std::nullopt;
  if (status != BP_OK) refuse(status, pointer.text());
  return Value(value);
}

template <class Function>
bool Document::each(std::string_view pointer, Function&& function) const {
  if (document_ == nullptr) return false;
  bool stopped = false;
  const auto step = [&](std::string_view key, const Value& value) {
    stopped = true;  // unless the function returns and says to go on
    const auto call = [&]() -> decltype(auto) {
      if constexpr (std::is_invocable_v<Function&, std::string_view, const Value&>) {
        return function(key, value);
      } else {
        return function(value);
      }
    };
    if constexpr (std::is_same_v<decltype(call()), bool>) {
      stopped = !call();
    } else {
      call();
      stopped = false;
    }
  };
  struct Step {
    detail::Callback<decltype(step)> callback;
    bool& stopped;
  } state{{step, nullptr}, stopped};
  const std::int32_t status = host_->document_each(
      document_, detail::to_c(pointer),
      [](void* user_data, bp_string key, const bp_value* value) -> std::int32_t {
        auto& now = *static_cast<Step*>(user_data);
        now.callback.call(detail::view(key), Value(*value));
        return now.stopped ? 1 : 0;
      },
      &state);
  state.callback.rethrow();
  if (status == BP_E_NOT_FOUND) return false;
  if (status != BP_OK) refuse(status, pointer);
  return true;
}

inline std::optional<std::string> Document::text(std::string_view pointer) const {
  std::string text;
  if (document_ == nullptr) return std::nullopt;
  auto keep = [&](bp_string json) { text = detail::view(json); };
  detail::Callback<decltype(keep)> callback{keep, nullptr};
  const std::int32_t status = host_->document_text(
      document_, detail::to_c(pointer),
      [](void* user_data, bp_string json) { static_cast<decltype(callback)*>(user_data)->call(json); }, &callback);
  callback.rethrow();
  if (status == BP_E_NOT_FOUND) return std::nullopt;
  if (status != BP_OK) refuse(status, pointer);
  return text;
}

}  // namespace backplane::sdk
