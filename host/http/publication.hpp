// POST /v1/events: what a caller publishes, read and checked, and what it is answered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/bus.hpp"
#include "http/call.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"

namespace backplane::http {

struct Publication {
  static constexpr std::size_t most_events = 1000;

  std::vector<model::Event> events{};
  plugin::Promise promise = plugin::Promise::durable;
  bool is_batch = false;                 // an array came, an array is answered
  std::vector<std::string> event_ids{};  // of the events, for the answer
};

// Takes the call's body: one envelope or an array of them, or CloudEvents in their structured or batch form. What an envelope
// does not say is completed: a new id, the time, the caller's actor and tenant, the request's correlation id, the source "http".
// `bus` tells the time and the limits.
std::optional<Refusal> read_publication(Call& call, const events::Bus& bus, Publication& publication);

// {"event_id","position","known"}, or an array of these: 201 when the events are in the log, 200 when it knew all of them
// before, 202 when nothing was waited for.
Response respond(const Publication& publication, const base::Result<std::vector<plugin::Published>>& published);

}  // namespace backplane::http
