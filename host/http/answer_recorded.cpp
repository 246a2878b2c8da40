#include "http/call.hpp"
#include "http/change.hpp"
#include "http/event_query.hpp"
#include "http/problem.hpp"

namespace backplane::http {

// An array of operations as operation::to_json writes them, the oldest first: bodies and answers of all tenants.
Response answer_recorded(const Call& call, const House& house) {
  if (auto allowed = check_operator(call, "recorded operations"); !allowed) return refused(std::move(allowed).error());
  const auto limit = number_of(call, "limit", largest_number, 1, largest_number);
  if (!limit) return refused(limit.error());
  auto list = house.surroundings.recorded(static_cast<std::size_t>(*limit));
  if (!list) return refused(std::move(list).error());
  return {.body = std::move(*list), .fields = "Cache-Control: no-store\r\n"};
}

}  // namespace backplane::http
