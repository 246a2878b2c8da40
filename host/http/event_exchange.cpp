// The part of Session that publishes events, follows the log, and has others answer what may take its time.
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "http/event_query.hpp"
#include "http/publication.hpp"
#include "http/session.hpp"

namespace backplane::http {
namespace {

constexpr std::chrono::seconds quiet_time{15};  // something is sent at least that often, so that all on the way see it lives

Refusal too_many_errands() {
  return {503, {.code = base::Code::unavailable,
                .message = "request: wanted at most " + std::to_string(most_errands) + " of its kind at once, found more"}};
}

// One event in the format of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
void write_event(std::string& text, const model::Event& event, EventForm form) {
  text.append("id: ").append(std::to_string(event.position)).append("\ndata: ").append(to_text(event, form)).append("\n\n");
}

// Where to begin: behind what the client says it has seen, else with what comes from now on.
base::Result<std::uint64_t> start_of(const Call& call, const events::Bus& bus) {
  if (call.head->has(Field::last_event_id)) {
    const std::string_view last = call.head->value(Field::last_event_id);
    if (const auto position = number_from(last)) return *position;
    return base::Error{base::Code::invalid_argument, "Last-Event-ID: wanted a position, found " + base::quote_json(last)};
  }
  BACKPLANE_TRY(store::Store* const store, bus.log());
  return number_of(call, "after", store->events().last_position(), 0, std::numeric_limits<std::int64_t>::max());
}

}  // namespace

void Session::publish(Time now) {
  auto publication = std::make_shared<Publication>();
  if (const auto refusal = read_publication(call_, station_.bus, *publication)) return refuse(*refusal, now);
  phase_ = Phase::running;
  deadline_ = Time::max();
  auto events = std::move(publication->events);
  station_.bus.submit(std::move(events), publication->promise,
                      [publication, mailbox = station_.mailbox, address = Address{connection_, exchange_}](const auto& published) {
                        mailbox->post({address, http::respond(*publication, published)});
                      });
}

void Session::run_errand(std::function<Response(const Call&)> errand, Time now) {
  auto call = std::make_shared<Call>(call_);
  call->head = nullptr;
  const bool runs = station_.errands.run([call, run = std::move(errand), mailbox = station_.mailbox, address = Address{connection_, exchange_}] {
    mailbox->post({address, run(*call)});
  });
  if (!runs) return refuse(too_many_errands(), now);
  phase_ = Phase::running;
  deadline_ = Time::max();
}

void Session::begin_follow(Time now) {
  if (station_.house.draining)
    return refuse(refusal_of({.code = base::Code::unavailable, .message = "events: wanted ready, found stopping"}), now);
  auto selection = read_selection(call_);
  if (!selection) return refuse(refusal_of(std::move(selection).error()), now);
  const auto start = start_of(call_, station_.bus);
  if (!start) return refuse(refusal_of(start.error()), now);
  Response response{.content_type = event_stream_media_type, .fields = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"};
  const bool chunked = call_.head->minor_version > 0;
  if (!chunked) close_after_ = true;
  if (call_.head->method != Method::head) {
    selection->query.after = followed_to_ = *start;
    auto tail = station_.bus.follow(
        std::move(selection->query),
        [form = selection->form](std::string& text, const model::Event& event) { write_event(text, event, form); },
        [mailbox = station_.mailbox, address = Address{connection_, exchange_}] { mailbox->post({address, StreamMoved{}}); });
    if (!tail) return refuse(refusal_of(std::move(tail).error()), now);
    tail_ = std::move(*tail);
  }
  append_head_of(response, chunked ? BodyFraming::chunked : BodyFraming::until_close, now);
  if (!tail_) return end_exchange(200, now);
  phase_ = Phase::following;
  tell_position(now);
}

void Session::append_chunk(std::string_view bytes) {
  if (call_.head->minor_version == 0) {
    out_.append(bytes);
    return;
  }
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  out_.append(size, end).append("\r\n").append(bytes).append("\r\n");
}

void Session::keep_alive(Time now) {
  pull_tail(now);
  if (phase_ == Phase::following && output().empty()) tell_position(now);
}

// An id alone is no event for the client, but where it goes on from when the connection breaks.
void Session::tell_position(Time now) {
  append_chunk("id: " + std::to_string(followed_to_) + "\n\n");
  deadline_ = now + quiet_time;
  write_deadline_ = after(now, station_.settings.body_timeout);
}

void Session::pull_tail(Time now) {
  if (!output().empty()) return;
  events::Tail::Piece piece = tail_->take();
  followed_to_ = piece.position;
  if (piece.missed_to != 0) {
    append_chunk("event: missed\ndata: {\"from\":" + std::to_string(piece.missed_from) + ",\"to\":" + std::to_string(piece.missed_to) + "}\n\n");
  }
  if (!piece.text.empty()) append_chunk(piece.text);
  if (piece.error) base::log_warning("http", "events: a stream was broken off: " + piece.error->message);
  if (piece.ended) return end_follow(now);
  if (output().empty()) return;
  deadline_ = now + quiet_time;
  write_deadline_ = after(now, station_.settings.body_timeout);
}

void Session::end_follow(Time now) {
  if (call_.head->minor_version > 0) out_.append("0\r\n\r\n");
  close_after_ = true;
  end_exchange(200, now);
}

}  // namespace backplane::http
