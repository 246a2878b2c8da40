#include "http/session.hpp"

#include <algorithm>
#include <cstring>

#include "http/resource_call.hpp"

namespace backplane::http {
namespace {

constexpr std::size_t first_room = 4 << 10;
constexpr std::size_t body_room = 64 << 10;
constexpr std::size_t least_room = 1 << 10;
constexpr std::size_t most_output = 64 << 10;  // answers to pipelined requests, gathered into one send
constexpr std::chrono::milliseconds linger_time{1000};

constexpr std::string_view too_many_connections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 22\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\ntoo many connections.\n";

}  // namespace

Time after(Time now, manifest::Duration timeout) { return timeout.count() > 0 ? now + timeout : Time::max(); }

Session::Session(Station& station, std::uint32_t connection, Time now)
    : station_(station),
      connection_(connection),
      deadline_(after(now, station.settings.idle_timeout)),
      write_deadline_(Time::max()),
      reader_(station.settings.max_header_bytes) {}

Session::~Session() {
  if (channel_) channel_->close();
  if (tail_) tail_->end();
  if (serving_) station_.figures.count(call_.route, 0, {});
}

bool Session::wants_input() const {
  if (input_ended_) return false;
  switch (phase_) {
    case Phase::idle:
    case Phase::head: return may_go_on();
    case Phase::body: return !channel_full_ && may_go_on();
    case Phase::lingering: return true;
    case Phase::following: return end_ - begin_ < first_room;  // to notice when the client goes
    case Phase::running:
    case Phase::streaming:
    case Phase::loading:
    case Phase::closing:
    case Phase::over: return false;
  }
  return false;
}

// Nothing more is read while the client does not take its answers.
bool Session::may_go_on() const { return big_.empty() && out_.size() - sent_ < most_output; }

std::span<char> Session::room() {
  lent_ = true;
  if (begin_ == end_ || phase_ == Phase::lingering) begin_ = end_ = 0;
  if (input_.size() - end_ < least_room && begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (input_.size() - end_ < least_room) {
    input_.resize(std::max({first_room, input_.size() * 2, phase_ == Phase::body ? body_room : 0}));
  }
  return {input_.data() + end_, input_.size() - end_};
}

void Session::received(std::size_t bytes, Time now) {
  lent_ = false;
  station_.figures.received_bytes.add(bytes);
  if (phase_ == Phase::lingering) return;
  end_ += bytes;
  if (phase_ == Phase::body) deadline_ = after(now, station_.settings.body_timeout);
  advance(now);
}

void Session::input_ended(Time now) {
  lent_ = false;
  input_ended_ = true;
  const Refusal cut{400, {.code = base::Code::invalid_argument, .message = "request: wanted all of it, found the end of the stream"}};
  switch (phase_) {
    case Phase::idle: close_soon(now); break;
    case Phase::head: refuse_and_close(cut, now); break;
    case Phase::body:
      if (channel_) {
        break_load(cut);
      } else {
        refuse_and_close(cut, now);
      }
      break;
    case Phase::following:
      end_exchange(200, now);
      phase_ = Phase::over;
      break;
    case Phase::lingering: phase_ = Phase::over; break;
    case Phase::running:
    case Phase::streaming:
    case Phase::loading:
    case Phase::closing:
    case Phase::over: break;
  }
}

Session::Output Session::output() const {
  const std::string_view first = sent_ < out_.size() ? std::string_view(out_).substr(sent_) : std::string_view();
  const std::size_t of_big = sent_ > out_.size() ? sent_ - out_.size() : 0;
  return {first, std::string_view(big_).substr(of_big)};
}

void Session::sent(std::size_t bytes, Time now) {
  station_.figures.sent_bytes.add(bytes);
  sent_ += bytes;
  if (sent_ < out_.size() + big_.size()) {
    write_deadline_ = after(now, station_.settings.body_timeout);
    return;
  }
  write_deadline_ = Time::max();
  out_.clear();
  big_.clear();
  if (out_.capacity() > 2 * most_output) std::string().swap(out_);
  if (big_.capacity() > 2 * most_output) std::string().swap(big_);
  sent_ = 0;
  if (phase_ == Phase::idle) deadline_ = after(now, station_.settings.idle_timeout);
  if (phase_ == Phase::streaming) pull_dump(now);
  if (phase_ == Phase::following) pull_tail(now);
  advance(now);
}

Session::Ending Session::ending() const {
  if (phase_ == Phase::over) return Ending::at_once;
  if (phase_ != Phase::closing || !output().empty()) return Ending::none;
  const bool all_was_read = begin_ == end_ && reader_.state() == RequestReader::State::whole;
  return cut_off_ || input_ended_ || all_was_read ? Ending::at_once : Ending::orderly;
}

void Session::linger(Time now) {
  phase_ = Phase::lingering;
  deadline_ = now + linger_time;
}

void Session::close_soon(Time now) {
  phase_ = Phase::closing;
  deadline_ = Time::max();
  if (output().empty()) return;
  write_deadline_ = after(now, station_.settings.body_timeout);
}

void Session::deliver(News news, Time now) {
  if (auto* outcome = std::get_if<operation::Outcome>(&news)) {
    if (phase_ == Phase::running) deliver_outcome(std::move(*outcome), now);
  } else if (auto* load = std::get_if<operation::LoadOutcome>(&news)) {
    if (phase_ != Phase::loading && !(phase_ == Phase::body && channel_)) return;
    if (reader_.state() != RequestReader::State::whole) close_after_ = true;
    channel_.reset();
    channel_full_ = false;
    respond(http::respond(*load, std::exchange(refusal_, std::nullopt)), now);
  } else if (auto* response = std::get_if<Response>(&news)) {
    if (phase_ == Phase::running) respond(std::move(*response), now);
  } else if (phase_ == Phase::streaming) {
    pull_dump(now);
  } else if (phase_ == Phase::following) {
    pull_tail(now);
  } else if (channel_full_) {
    channel_full_ = false;
    deadline_ = after(now, station_.settings.body_timeout);
  }
  advance(now);
}

void Session::expire(Time now) {
  const bool unsent = !output().empty();
  if (now < (unsent ? write_deadline_ : deadline_)) return;
  if (phase_ == Phase::closing && !unsent) return;
  if (phase_ == Phase::following && !unsent) return keep_alive(now);
  station_.figures.timeouts.add();
  const Refusal slow{408, {.code = base::Code::timeout, .message = "request: wanted the rest of it in time, found none"}};
  if (unsent || phase_ == Phase::idle || phase_ == Phase::lingering) {
    phase_ = Phase::over;
  } else if (phase_ == Phase::body && channel_) {
    break_load(slow);
  } else if (phase_ == Phase::head || phase_ == Phase::body) {
    refuse_and_close(slow, now);
  }
}

void Session::drain() {
  if (phase_ == Phase::following) return end_follow(std::chrono::steady_clock::now());
  if (phase_ == Phase::idle && begin_ == end_) phase_ = output().empty() ? Phase::over : Phase::closing;
}

void Session::turn_away(Time now) {
  out_.append(too_many_connections);
  close_soon(now);
}

bool Session::busy() const { return serving_ || (phase_ == Phase::closing && !output().empty()); }

void Session::advance(Time now) {
  while (begin_ < end_ && may_go_on()) {
    if (phase_ == Phase::idle || phase_ == Phase::head) {
      read_head(now);
      if (phase_ == Phase::head) return;  // not whole yet
    } else if (phase_ == Phase::body && !channel_full_) {
      const std::size_t before = begin_;
      read_body(now);
      if (phase_ == Phase::body && begin_ == before) return;
    } else {
      return;
    }
  }
}

void Session::read_head(Time now) {
  std::string no_body;
  begin_ += reader_.read(input(), no_body);
  switch (reader_.state()) {
    case RequestReader::State::head:
      if (begin_ == end_ && !reader_.begun()) return;  // empty lines only
      if (phase_ == Phase::idle) deadline_ = after(now, station_.settings.header_timeout);
      phase_ = Phase::head;
      break;
    case RequestReader::State::body:
    case RequestReader::State::whole: begin_exchange(now); break;
    case RequestReader::State::failed: refuse_and_close(reader_.failure(), now); break;
  }
}

void Session::read_body(Time now) {
  begin_ += reader_.read(input(), call_.body);
  if (channel_) {
    const bool room = channel_->offer(call_.body);
    call_.body.clear();
    channel_full_ = !room;
    if (channel_full_) deadline_ = Time::max();
    if (reader_.state() == RequestReader::State::failed) return break_load(reader_.failure());
    if (reader_.state() != RequestReader::State::whole) return;
    channel_->finish();
    channel_full_ = false;
    phase_ = Phase::loading;
    deadline_ = Time::max();
    return;
  }
  if (reader_.state() == RequestReader::State::failed) return refuse_and_close(reader_.failure(), now);
  check_body_size(now);
  if (phase_ == Phase::body && reader_.state() == RequestReader::State::whole) dispatch(now);
}

void Session::check_body_size(Time now) {
  const std::size_t most = station_.settings.max_body_bytes;
  const std::uint64_t size = std::max<std::uint64_t>(call_.body.size(), reader_.head().content_length.value_or(0));
  if (size <= most) return;
  refuse_and_close({413, {.code = base::Code::too_large, .message = "body: wanted at most " + std::to_string(most) + " bytes, found more"}},
                   now);
}

}  // namespace backplane::http
