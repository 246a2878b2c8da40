#include "http/errand.hpp"
#include "http/event_query.hpp"
#include "model/event_pattern.hpp"

namespace backplane::http {
namespace {

constexpr std::uint64_t most_letters_of_page = 1000;

Response answer_count(std::string_view name, const base::Result<std::uint64_t>& count) {
  if (!count) return refused(count.error());
  return json_answer("{\"" + std::string(name) + "\":" + std::to_string(*count) + "}");
}

base::Result<store::DeadLetterQuery> query_of(const Call& call) {
  BACKPLANE_CHECK(check_operator(call, "dead letters"));
  store::DeadLetterQuery query;
  if (const auto subscription = call.target.parameter("subscription")) query.subscription = std::string(*subscription);
  if (const auto type = call.target.parameter("type")) {
    if (auto good = model::check_event_pattern(*type); !good) return base::within("type", std::move(good).error());
    query.pattern = std::string(*type);
  }
  BACKPLANE_TRY(query.after, number_of(call, "after", 0, 0, largest_number));
  BACKPLANE_TRY(const std::uint64_t limit, number_of(call, "limit", query.limit, 1, largest_number));
  query.limit = std::min(limit, most_letters_of_page);
  return query;
}

base::Result<std::uint64_t> id_of(const Call& call) {
  BACKPLANE_CHECK(check_operator(call, "dead letters"));
  const std::string& text = call.target.segments[2];
  if (const auto number = number_from(text); number && *number <= largest_number) return *number;
  return base::Error{base::Code::invalid_argument, "dead letter: wanted its number, found " + base::quote_json(text)};
}

std::string to_text(const store::DeadLetter& letter) {
  std::string text = "{\"id\":" + std::to_string(letter.id) + ",\"subscription\":" + base::quote_json(letter.subscription) +
                     ",\"position\":" + std::to_string(letter.delivery.position) +
                     ",\"attempts\":" + std::to_string(letter.delivery.attempts);
  if (!letter.delivery.key.empty()) text.append(",\"key\":").append(base::quote_json(letter.delivery.key));
  return text.append(",\"error\":").append(base::quote_json(letter.delivery.error)).append(",\"updated_at\":\"")
      .append(base::to_rfc3339(letter.delivery.updated_at)).append("\"}");
}

}  // namespace

Response answer_dead_letters(const Call& call, events::Bus& bus) {
  const auto query = query_of(call);
  if (!query) return refused(query.error());
  const auto letters = bus.durable().dead_letters(*query);
  if (!letters) return refused(letters.error());
  std::string text = "{\"items\":[";
  for (const store::DeadLetter& letter : *letters) text.append(&letter == letters->data() ? "" : ",").append(to_text(letter));
  text.append("],\"next\":").append(letters->size() < query->limit ? "null" : std::to_string(letters->back().id)).append("}");
  return json_answer(std::move(text));
}

// With its event, as far as the log still has it.
Response answer_dead_letter(const Call& call, events::Bus& bus) {
  const auto id = id_of(call);
  if (!id) return refused(id.error());
  const auto letter = bus.durable().dead_letter(*id);
  if (!letter) return refused(letter.error());
  const auto store = bus.log();
  const auto event = (*store)->events().event_at(letter->delivery.position);
  std::string text = to_text(*letter);
  text.back() = ',';
  text.append("\"event\":").append(event ? to_text(*event, EventForm::envelope) : "null").append("}");
  return json_answer(std::move(text));
}

Response answer_redrive(const Call& call, events::Bus& bus) {
  const auto id = id_of(call);
  if (!id) return refused(id.error());
  const auto letter = bus.durable().redrive(*id);
  return letter ? json_answer(to_text(*letter)) : refused(letter.error());
}

Response answer_redrive_all(const Call& call, events::Bus& bus) {
  const auto query = query_of(call);
  return query ? answer_count("redriven", bus.durable().redrive_all(*query)) : refused(query.error());
}

Response answer_discard(const Call& call, events::Bus& bus) {
  const auto id = id_of(call);
  if (!id) return refused(id.error());
  if (const auto done = bus.durable().discard(*id); !done) return refused(done.error());
  return json_answer("{\"id\":" + std::to_string(*id) + ",\"discarded\":true}");
}

Response answer_discard_all(const Call& call, events::Bus& bus) {
  const auto query = query_of(call);
  return query ? answer_count("discarded", bus.durable().discard_all(*query)) : refused(query.error());
}

}  // namespace backplane::http
