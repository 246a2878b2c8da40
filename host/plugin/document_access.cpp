#include "plugin/document_access.hpp"

#include <nlohmann/json.hpp>

#include "plugin/argument.hpp"
#include "plugin/crossing.hpp"
#include "plugin/pointer.hpp"

namespace backplane::plugin {
namespace {

constexpr std::size_t most_pointer_bytes = 4096;

bp_value value_of(const base::Json& value) {
  bp_value out{};
  switch (value.type()) {
    case base::Json::value_t::null:
    case base::Json::value_t::binary:
    case base::Json::value_t::discarded:
      out.kind = BP_NULL;
      break;
    case base::Json::value_t::boolean:
      out.kind = BP_BOOLEAN;
      out.boolean = value.get<bool>() ? 1 : 0;
      break;
    case base::Json::value_t::number_integer:
      out.kind = BP_INTEGER;
      out.integer = value.get<std::int64_t>();
      out.number = static_cast<double>(out.integer);
      break;
    case base::Json::value_t::number_unsigned: {
      const auto number = value.get<std::uint64_t>();
      out.kind = number > static_cast<std::uint64_t>(INT64_MAX) ? BP_UNSIGNED : BP_INTEGER;
      out.integer = static_cast<std::int64_t>(number);
      out.number = static_cast<double>(number);
      break;
    }
    case base::Json::value_t::number_float:
      out.kind = BP_NUMBER;
      out.number = value.get<double>();
      break;
    case base::Json::value_t::string:
      out.kind = BP_STRING;
      out.string = to_abi(std::string_view(value.get_ref<const std::string&>()));
      break;
    case base::Json::value_t::array:
      out.kind = BP_ARRAY;
      out.count = value.size();
      break;
    case base::Json::value_t::object:
      out.kind = BP_OBJECT;
      out.count = value.size();
      break;
  }
  return out;
}

// The value at a pointer given as text.
base::Result<const base::Json*> value_at(const bp_document* document, bp_string pointer) {
  if (document == nullptr) return base::Error{base::Code::not_found, "no document"};
  BACKPLANE_TRY(const auto text, checked_text("pointer", pointer, most_pointer_bytes));
  BACKPLANE_TRY(const auto compiled, Pointer::parse(text));
  const base::Json* value = compiled.find(from_abi(document).json());
  if (value == nullptr) return base::Error{base::Code::not_found, "nothing at " + std::string(text)};
  return value;
}

std::int32_t status_of(const base::Error& error) { return static_cast<std::int32_t>(error.code); }

}  // namespace

bp_string document_json(const bp_document* document) {
  return document == nullptr ? bp_string{} : to_abi(from_abi(document).text());
}

std::int32_t document_get(const bp_document* document, const bp_pointer* pointer, bp_value* out) {
  if (pointer == nullptr || out == nullptr) return BP_E_INVALID_ARGUMENT;
  if (document == nullptr) return BP_E_NOT_FOUND;
  const base::Json* value = reinterpret_cast<const Pointer*>(pointer)->find(from_abi(document).json());
  if (value == nullptr) return BP_E_NOT_FOUND;
  *out = value_of(*value);
  return BP_OK;
}

std::int32_t document_find(const bp_document* document, bp_string pointer, bp_value* out) {
  if (out == nullptr) return BP_E_INVALID_ARGUMENT;
  const auto value = value_at(document, pointer);
  if (!value) return status_of(value.error());
  *out = value_of(**value);
  return BP_OK;
}

std::int32_t document_each(const bp_document* document, bp_string pointer, bp_each_fn each, void* user_data) {
  if (each == nullptr) return BP_E_INVALID_ARGUMENT;
  const auto found = value_at(document, pointer);
  if (!found) return status_of(found.error());
  const base::Json& container = **found;
  if (!container.is_structured()) return BP_E_NOT_FOUND;
  for (const auto& item : container.items()) {
    const bp_value value = value_of(item.value());
    const bp_string key = container.is_object() ? to_abi(std::string_view(item.key())) : bp_string{};
    if (each(user_data, key, &value) != 0) break;
  }
  return BP_OK;
}

std::int32_t document_text(const bp_document* document, bp_string pointer, void (*receive)(void*, bp_string),
                           void* user_data) {
  if (receive == nullptr) return BP_E_INVALID_ARGUMENT;
  const auto value = value_at(document, pointer);
  if (!value) return status_of(value.error());
  const std::string text = base::to_text(**value);
  receive(user_data, to_abi(std::string_view(text)));
  return BP_OK;
}

}  // namespace backplane::plugin
