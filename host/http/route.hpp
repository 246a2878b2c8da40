// The table of everything that is served. Dispatch, 404 and 405, the counting of requests and the OpenAPI description are
// made from it and from nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "http/message.hpp"
#include "http/problem.hpp"
#include "http/target.hpp"
#include "model/action.hpp"

namespace backplane::events {
class Bus;
}

namespace backplane::http {

struct Call;
struct House;

// A path pattern such as "/v1/resources/{type}/{id}", in its segments.
struct Pattern {
  std::array<std::string_view, Target::most_segments> segments{};
  std::size_t depth = 0;

  constexpr explicit Pattern(std::string_view path) {
    path.remove_prefix(1);
    while (!path.empty()) {
      const std::size_t end = path.find('/');
      segments[depth++] = path.substr(0, end);
      path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
  }
  bool matches(const Target& target) const;
};

enum class Place { path, query, header };
enum class Occurs { required, optional, repeated };

struct Parameter {
  Place place;
  std::string_view name;
  Occurs occurs;
  std::string_view schema;  // JSON; repeated: of one of them
  std::string_view description;
  std::size_t most = 0;     // repeated: so many at most; 0: no limit
};

// What a request may carry.
enum class Payload { none, document, patch, revision, frames, events };

// The media types of a payload; the first is the one that is described.
std::span<const std::string_view> media_types_of(Payload payload);

// What one success looks like. schema: a name under "components/schemas", empty without a body.
struct Success {
  int status;
  std::string_view description;
  std::string_view media_type;
  std::string_view schema;
};

enum class Transfer { dump, load };
enum class Flow { publish, follow };
using View = Response (*)(const Call& call, const House& house);
using Errand = Response (*)(const Call& call, events::Bus& bus);
struct Change {  // of the host itself
  Response (*answer)(const Call& call, const House& house);
};
// An action: submitted as an operation. A view: answered on the spot. An errand, a change: answered on a thread of its own.
using Handler = std::variant<model::Action, View, Errand, Change, Transfer, Flow>;

enum class Query { listed, free };  // free: read further by the operation

struct Route {
  Method method;
  std::string_view path;
  std::string_view name;     // the operationId
  std::string_view summary;
  Handler handler;
  Payload payload;
  std::span<const Parameter> parameters;
  std::span<const Success> successes;
  std::span<const int> problems;   // the statuses it may fail with
  Query query = Query::listed;
  Pattern pattern{path};
};

std::span<const Route> routes();

// The place of a route in routes().
std::size_t index_of(const Route& route);

// The route for a method and a path. Refusal: 404; 405 with Allow; 501 for a method that no route has.
struct Found {
  const Route* route = nullptr;
  std::optional<Refusal> refusal{};
};
Found find_route(Method method, const Target& target);

}  // namespace backplane::http
