#include "http/call.hpp"
#include "http/change.hpp"
#include "http/event_query.hpp"
#include "http/problem.hpp"

namespace backplane::http {
namespace {

Response reload(const Call& call, const House& house, std::string plugin) {
  if (auto allowed = check_operator(call, "reload"); !allowed) return problem(refusal_of(std::move(allowed).error()));
  const auto dry_run = call.target.parameter("dry_run");
  const auto done =
      house.surroundings.reload(std::move(plugin), dry_run == "true" ? Reloading::planned : Reloading::done);
  if (!done) return problem(refusal_of(done.error()));
  return {.body = *done, .fields = "Cache-Control: no-store\r\n"};
}

}  // namespace

Response answer_reload(const Call& call, const House& house) { return reload(call, house, {}); }

Response answer_plugin_reload(const Call& call, const House& house) {
  return reload(call, house, call.target.segments[2]);
}

}  // namespace backplane::http
