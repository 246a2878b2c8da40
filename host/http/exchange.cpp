// The second half of Session: what happens between the head of a request and the end of its answer.
#include <charconv>
#include <ctime>
#include <utility>

#include "base/id.hpp"
#include "base/log.hpp"
#include "http/resource_call.hpp"
#include "http/session.hpp"

namespace backplane::http {
namespace {

constexpr std::size_t copied_body = 16 << 10;       // bodies below this are copied behind their head
constexpr std::size_t channel_capacity = 256 << 10;
constexpr std::size_t kept_input = 16 << 10;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

Refusal too_many_transfers() {
  return {503, {.code = base::Code::unavailable,
                .message = "transfer: wanted at most " + std::to_string(TransferRunner::most) + " at once, found more"}};
}

}  // namespace

void Session::begin_exchange(Time now) {
  const Head& head = reader_.head();
  station_.figures.requests_begun.add();
  serving_ = true;
  begun_at_ = now;
  exchange_ = ++station_.last_exchange;
  phase_ = Phase::body;
  deadline_ = Time::max();
  refusal_ = prepare(call_, head);
  const bool load = !refusal_ && std::holds_alternative<Transfer>(call_.route->handler) &&
                    std::get<Transfer>(call_.route->handler) == Transfer::load;
  if (load) begin_load(now);
  if (phase_ != Phase::body) return;
  if (!channel_) check_body_size(now);
  if (phase_ != Phase::body) return;
  if (reader_.state() == RequestReader::State::whole) return dispatch(now);

  deadline_ = after(now, station_.settings.body_timeout);
  if (head.has(Field::expect)) {
    // A client that waits for permission is told now; the body that it holds back never comes.
    if (refusal_) return refuse_and_close(*std::exchange(refusal_, std::nullopt), now);
    if (begin_ == end_) out_.append(go_on);
  }
}

void Session::dispatch(Time now) {
  if (refusal_) return refuse(*std::exchange(refusal_, std::nullopt), now);
  if (const View* view = std::get_if<View>(&call_.route->handler)) return respond((*view)(call_, station_.house), now);
  if (const Errand* errand = std::get_if<Errand>(&call_.route->handler))
    return run_errand([answer = *errand, &bus = station_.bus](const Call& call) { return answer(call, bus); }, now);
  if (const Change* change = std::get_if<Change>(&call_.route->handler))
    return run_errand([answer = change->answer, &house = station_.house](const Call& call) { return answer(call, house); }, now);
  if (std::holds_alternative<Transfer>(call_.route->handler)) return begin_dump(now);
  if (const Flow* flow = std::get_if<Flow>(&call_.route->handler)) return *flow == Flow::publish ? publish(now) : begin_follow(now);
  submit(now);
}

void Session::submit(Time now) {
  operation::Request request;
  if (const auto refusal = make_request(call_, request)) return refuse(*refusal, now);
  phase_ = Phase::running;
  deadline_ = Time::max();
  const Address address{connection_, exchange_};
  station_.mailbox->begin_catching(address);
  station_.operations.submit(std::move(request), [mailbox = station_.mailbox, address](operation::Outcome outcome) {
    mailbox->post({address, std::move(outcome)});
  });
  if (auto letter = station_.mailbox->end_catching()) deliver_outcome(std::get<operation::Outcome>(std::move(letter->news)), now);
}

void Session::deliver_outcome(operation::Outcome outcome, Time now) { respond(http::respond(call_, std::move(outcome)), now); }

std::shared_ptr<Channel> Session::new_channel() {
  return std::make_shared<Channel>(channel_capacity, [mailbox = station_.mailbox, address = Address{connection_, exchange_}] {
    mailbox->post({address, StreamMoved{}});
  });
}

void Session::begin_dump(Time now) {
  operation::DumpRequest request;
  if (const auto refusal = make_dump_request(call_, request)) return refuse(*refusal, now);
  head_sent_ = false;
  if (call_.head->method == Method::head) {
    Response response{.content_type = dump_media_type};
    append_head_of(response, BodyFraming::chunked, now);
    return end_exchange(200, now);
  }
  channel_ = new_channel();
  if (!station_.transfers.dump(std::move(request), channel_)) {
    channel_.reset();
    return refuse(too_many_transfers(), now);
  }
  phase_ = Phase::streaming;
  pull_dump(now);
}

void Session::pull_dump(Time now) {
  if (!output().empty()) return;
  Channel::Piece piece = channel_->take();
  if (piece.bytes.empty() && !piece.ended) return;
  if (!head_sent_ && piece.bytes.empty() && piece.error) {
    channel_.reset();
    return refuse(refusal_of(std::move(*piece.error)), now);
  }
  const bool chunked = call_.head->minor_version > 0;
  if (!std::exchange(head_sent_, true)) {
    Response response{.content_type = dump_media_type, .fields = "Cache-Control: no-store\r\n"};
    if (!chunked) close_after_ = true;
    append_head_of(response, chunked ? BodyFraming::chunked : BodyFraming::until_close, now);
  }
  if (!piece.bytes.empty()) {
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, piece.bytes.size(), 16).ptr;
    if (chunked) out_.append(size, end).append("\r\n");
    big_ = std::move(piece.bytes);
    if (chunked) big_.append("\r\n");
    if (piece.ended && chunked && !piece.error) big_.append("0\r\n\r\n");
  } else if (chunked && !piece.error) {
    out_.append("0\r\n\r\n");
  }
  if (write_deadline_ == Time::max()) write_deadline_ = after(now, station_.settings.body_timeout);
  if (!piece.ended) return;
  channel_.reset();
  if (piece.error) {
    // What was sent cannot be taken back; without its last chunk the client sees that it is not whole.
    base::log_warning("http", "dump: broken off: " + piece.error->message);
    cut_off_ = true;
    close_after_ = true;
  }
  end_exchange(piece.error ? 500 : 200, now);
}

void Session::begin_load(Time now) {
  operation::LoadRequest request;
  refusal_ = make_load_request(call_, request);
  if (refusal_) return;
  channel_ = new_channel();
  const bool runs = station_.transfers.load(
      std::move(request), channel_,
      [mailbox = station_.mailbox, address = Address{connection_, exchange_}](operation::LoadOutcome outcome) {
        mailbox->post({address, std::move(outcome)});
      });
  if (!runs) {
    channel_.reset();
    return refuse_and_close(too_many_transfers(), now);
  }
  if (reader_.state() == RequestReader::State::whole) {
    channel_->finish();
    phase_ = Phase::loading;
  }
}

// The rest of the stream will not come: the load is told, and its totals are answered beside the refusal.
void Session::break_load(Refusal refusal) {
  channel_full_ = false;
  channel_->fail(refusal.error);
  refusal_ = std::move(refusal);
  close_after_ = true;
  phase_ = Phase::loading;
  deadline_ = Time::max();
}

void Session::refuse(const Refusal& refusal, Time now) { respond(problem(refusal), now); }

void Session::refuse_and_close(const Refusal& refusal, Time now) {
  if (!serving_) {
    serving_ = true;
    begun_at_ = now;
    station_.figures.requests_begun.add();
    call_.head = &reader_.head();
    call_.route = nullptr;
    call_.correlation_id = base::new_uuid(base::SystemClock().now());
  }
  close_after_ = true;
  refuse(refusal, now);
}

void Session::append_head_of(Response& response, BodyFraming framing, Time now) {
  if (!call_.head->keep_alive || station_.house.draining || input_ended_) close_after_ = true;
  append_field(response.fields, "X-Correlation-Id", call_.correlation_id);
  if (!close_after_ && call_.head->minor_version == 0) response.fields.append("Connection: keep-alive\r\n");
  append_head(out_, response, framing, close_after_ ? Persistence::close : Persistence::keep_alive, date(now));
}

void Session::respond(Response response, Time now) {
  append_head_of(response, BodyFraming::length, now);
  if (call_.head->method != Method::head) {
    if (response.body.size() < copied_body) {
      out_.append(response.body);
    } else {
      big_ = std::move(response.body);
    }
  }
  end_exchange(response.status, now);
}

void Session::end_exchange(int status, Time now) {
  serving_ = false;
  station_.figures.count(call_.route, status, now - begun_at_);
  if (write_deadline_ == Time::max()) write_deadline_ = after(now, station_.settings.body_timeout);
  refusal_.reset();
  if (tail_) std::exchange(tail_, nullptr)->end();
  call_.body = std::string();
  if (close_after_) return close_soon(now);
  phase_ = Phase::idle;
  deadline_ = after(now, station_.settings.idle_timeout);
  reader_.reset();
  if (!lent_ && begin_ == end_ && input_.size() > kept_input) {
    begin_ = end_ = 0;
    std::vector<char>().swap(input_);
  }
}

const std::string& Session::date(Time now) {
  if (station_.date.empty() || now - station_.date_made >= std::chrono::seconds(1)) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = std::time(nullptr);
    std::tm utc{};
#ifdef _WIN32
    gmtime_s(&utc, &seconds);
#else
    gmtime_r(&seconds, &utc);
#endif
    char text[48];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon],
                  utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    station_.date = text;
    station_.date_made = now;
  }
  return station_.date;
}

}  // namespace backplane::http
