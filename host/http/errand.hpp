// What is answered on a thread of its own, because it reads the store or waits: queries of the event log, and what people do with
// durable subscriptions and dead letters.
#pragma once

#include <optional>

#include "events/bus.hpp"
#include "http/call.hpp"
#include "http/message.hpp"

namespace backplane::http {

// `call` is a copy without its head: it may outlive the connection.
Response answer_events(const Call& call, events::Bus& bus);

Response answer_subscriptions(const Call& call, events::Bus& bus);
Response answer_subscription(const Call& call, events::Bus& bus);
Response answer_replay(const Call& call, events::Bus& bus);
Response answer_pause(const Call& call, events::Bus& bus);
Response answer_resume(const Call& call, events::Bus& bus);
Response answer_forget(const Call& call, events::Bus& bus);

Response answer_dead_letters(const Call& call, events::Bus& bus);
Response answer_dead_letter(const Call& call, events::Bus& bus);
Response answer_redrive(const Call& call, events::Bus& bus);
Response answer_redrive_all(const Call& call, events::Bus& bus);
Response answer_discard(const Call& call, events::Bus& bus);
Response answer_discard_all(const Call& call, events::Bus& bus);

}  // namespace backplane::http
