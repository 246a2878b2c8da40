#include "http/call.hpp"

#include <algorithm>
#include <charconv>

#include "base/id.hpp"
#include "http/origin.hpp"
#include "model/name.hpp"

namespace backplane::http {
namespace {

bool is_correlation_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

std::optional<Refusal> check_boolean(const QueryParameter& parameter) {
  if (parameter.value == "true" || parameter.value == "false") return std::nullopt;
  return invalid_request(parameter.name + ": wanted true or false, found \"" + parameter.value + "\"");
}

const Parameter* listed(const Route& route, std::string_view name) {
  for (const Parameter& parameter : route.parameters) {
    if (parameter.place == Place::query && parameter.name == name) return &parameter;
  }
  return nullptr;
}

std::string names_of_query(const Route& route) {
  std::string names;
  for (const Parameter& parameter : route.parameters) {
    if (parameter.place == Place::query) names.append(names.empty() ? "" : ", ").append(parameter.name);
  }
  return names.empty() ? "none" : names;
}

std::optional<Refusal> check_query(const Route& route, const Target& target) {
  for (const QueryParameter& given : target.parameters) {
    const Parameter* known = listed(route, given.name);
    if (!known && route.query == Query::free) continue;
    if (!known) return invalid_request("query: wanted " + names_of_query(route) + ", found \"" + given.name + "\"");
    const auto same = [&](const QueryParameter& other) { return other.name == given.name; };
    if (known->occurs != Occurs::repeated && std::count_if(target.parameters.begin(), target.parameters.end(), same) > 1) {
      return invalid_request(given.name + ": wanted once, found again");
    }
    if (known->schema == R"({"type":"boolean"})") {
      if (auto refusal = check_boolean(given)) return refusal;
    }
  }
  for (const Parameter& parameter : route.parameters) {
    if (parameter.place == Place::query && parameter.occurs == Occurs::required && !target.parameter(parameter.name)) {
      return invalid_request(std::string(parameter.name) + ": wanted in the query, found none");
    }
  }
  return std::nullopt;
}

// The media type without its parameters, in lower case, and whether its charset (if it names one) is UTF-8.
struct MediaType {
  std::string name;
  bool utf8 = true;
};

MediaType read_media_type(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  MediaType type;
  type.name = lower.substr(0, lower.find_first_of("; \t"));
  const std::size_t charset = lower.find("charset=");
  if (charset != std::string::npos) {
    const std::string_view value = std::string_view(lower).substr(charset + 8);
    type.utf8 = value.starts_with("utf-8") || value.starts_with("\"utf-8\"");
  }
  return type;
}

std::optional<Refusal> check_payload(const Route& route, const Head& head) {
  if (route.payload == Payload::none) {
    if (head.has_body()) return invalid_request("body: wanted none for " + std::string(route.name) + ", found one");
    return std::nullopt;
  }
  const auto types = media_types_of(route.payload);
  const std::string_view given = head.value(Field::content_type);
  const std::string_view coding = head.value(Field::content_encoding);
  const bool plain = coding.empty() || coding == "identity";
  const MediaType type = read_media_type(given);
  if (plain && type.utf8 && std::find(types.begin(), types.end(), type.name) != types.end()) return std::nullopt;

  std::string accepted;
  for (const std::string_view wanted : types) accepted.append(accepted.empty() ? "" : ", ").append(wanted);
  Refusal refusal{415, {.code = base::Code::unsupported, .message = {}}};
  append_field(refusal.fields, route.method == Method::patch ? "Accept-Patch" : "Accept-Post", accepted);
  if (plain) {
    refusal.error.message = "Content-Type: wanted " + accepted + (given.empty() ? ", found none" : " in UTF-8, found " + std::string(given));
  } else {
    refusal.error.message = "Content-Encoding: wanted none, found " + std::string(coding);
  }
  return refusal;
}

std::optional<Refusal> read_caller(Call& call, const Head& head) {
  call.caller.actor = "anonymous";
  call.caller.tenant.clear();
  if (head.has(Field::x_actor)) {
    const std::string_view actor = head.value(Field::x_actor);
    if (auto checked = model::check_actor(actor); !checked) return refusal_of(base::within("X-Actor", std::move(checked).error()));
    if (actor.starts_with("plugin:")) {
      return Refusal{403, {.code = base::Code::denied, .message = "X-Actor: wanted a caller from outside, found " + std::string(actor)}};
    }
    call.caller.actor.assign(actor);
  }
  if (head.has(Field::x_tenant)) {
    const std::string_view tenant = head.value(Field::x_tenant);
    if (auto checked = model::check_tenant(tenant); !checked) return refusal_of(base::within("X-Tenant", std::move(checked).error()));
    call.caller.tenant.assign(tenant);
  }
  return std::nullopt;
}

std::optional<Refusal> check_expect(const Head& head) {
  if (!head.has(Field::expect) || head.minor_version == 0) return std::nullopt;
  const std::string_view expect = head.value(Field::expect);
  if (read_media_type(expect).name == "100-continue") return std::nullopt;
  return Refusal{417, {.code = base::Code::unsupported, .message = "Expect: wanted 100-continue, found " + std::string(expect)}};
}

}  // namespace

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Refusal> prepare(Call& call, const Head& head) {
  call.head = &head;
  call.route = nullptr;
  call.body.clear();
  const std::string_view correlation = head.value(Field::x_correlation_id);
  if (is_correlation_id(correlation)) {
    call.correlation_id.assign(correlation);
  } else {
    call.correlation_id = base::new_uuid(base::SystemClock().now());
  }
  if (auto read = read_target(head.target, call.target); !read) return refusal_of(std::move(read).error());
  if (auto refusal = refuse_foreign(head, call.target)) return refusal;
  Found found = find_route(head.method, call.target);
  if (found.refusal) return std::move(found.refusal);
  call.route = found.route;
  if (auto refusal = check_expect(head)) return refusal;
  if (auto refusal = check_query(*call.route, call.target)) return refusal;
  if (auto refusal = read_caller(call, head)) return refusal;
  return check_payload(*call.route, head);
}

}  // namespace backplane::http
