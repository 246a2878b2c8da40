// One connection's conversation without its socket: bytes in, requests served one after the other in their order,
// bytes out. Its connection moves the bytes; both live on one I/O thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/call.hpp"
#include "events/bus.hpp"
#include "http/channel.hpp"
#include "http/figures.hpp"
#include "http/mailbox.hpp"
#include "http/request_reader.hpp"
#include "http/transfer_runner.hpp"
#include "http/view.hpp"
#include "manifest/settings.hpp"

namespace backplane::http {

using Time = std::chrono::steady_clock::time_point;

// When a timeout is over; never for one of zero.
Time after(Time now, manifest::Duration timeout);

// What all sessions share.
struct Services {
  const manifest::HttpSettings& settings;
  const House& house;
  operation::Operations& operations;
  TransferRunner& transfers;
  events::Bus& bus;
  ThreadQuota& errands;
};
inline constexpr std::size_t most_errands = 16;  // at once, of all sessions

// What the sessions of one I/O thread share beside that.
struct Station : Services {
  std::shared_ptr<Mailbox> mailbox;
  Figures& figures;
  std::uint64_t last_exchange = 0;
  Time date_made{};
  std::string date{};  // the text of the Date field, renewed each second
};

class Session {
 public:
  Session(Station& station, std::uint32_t connection, Time now);
  ~Session();
  Session(Session&&) = delete;

  // ---- bytes in ----

  // Whether to read; where to; what came; that the client will send nothing more.
  bool wants_input() const;
  std::span<char> room();
  void received(std::size_t bytes, Time now);
  void input_ended(Time now);

  // ---- bytes out ----

  // What to send, the first before the second; how much of it was sent.
  struct Output {
    std::string_view first{};
    std::string_view second{};
    bool empty() const { return first.empty() && second.empty(); }
  };
  Output output() const;
  void sent(std::size_t bytes, Time now);

  // ---- the course of things ----

  enum class Ending {
    none,
    orderly,  // all was sent, and the client may still be sending: linger, then close
    at_once,  // close now
  };
  Ending ending() const;
  // The sending side was closed; what still comes is thrown away for a moment, so that the client gets to read the answer.
  void linger(Time now);

  void deliver(News news, Time now);
  std::uint64_t exchange() const { return exchange_; }
  void expire(Time now);      // ends what took too long
  void drain();               // no further requests after the present one
  void turn_away(Time now);   // answers 503 at once: there are too many connections
  bool busy() const;          // a request was accepted and not answered in full

 private:
  enum class Phase { idle, head, body, running, streaming, following, loading, closing, lingering, over };

  void advance(Time now);
  bool may_go_on() const;
  void read_head(Time now);
  void read_body(Time now);
  void begin_exchange(Time now);
  void check_body_size(Time now);
  void dispatch(Time now);
  void submit(Time now);
  void publish(Time now);
  void run_errand(std::function<Response(const Call&)> errand, Time now);
  void begin_follow(Time now);
  void pull_tail(Time now);
  void keep_alive(Time now);
  void tell_position(Time now);
  void end_follow(Time now);
  void append_chunk(std::string_view bytes);
  void begin_dump(Time now);
  void pull_dump(Time now);
  void begin_load(Time now);
  void break_load(Refusal refusal);
  void deliver_outcome(operation::Outcome outcome, Time now);
  void refuse(const Refusal& refusal, Time now);
  void refuse_and_close(const Refusal& refusal, Time now);
  void respond(Response response, Time now);
  void append_head_of(Response& response, BodyFraming framing, Time now);
  void end_exchange(int status, Time now);
  std::string_view input() const { return {input_.data() + begin_, end_ - begin_}; }
  std::shared_ptr<Channel> new_channel();
  const std::string& date(Time now);
  void close_soon(Time now);

  Station& station_;
  const std::uint32_t connection_;
  Phase phase_ = Phase::idle;
  Time deadline_;
  Time write_deadline_;

  std::vector<char> input_;  // [begin_, end_) is not read yet
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool lent_ = false;        // room() was given out and received() not called yet
  bool input_ended_ = false;

  std::string out_;          // sent first, up to sent_
  std::string big_;          // a large body, sent after it without having been copied
  std::size_t sent_ = 0;

  RequestReader reader_;
  Call call_;
  std::optional<Refusal> refusal_;  // of a request whose body is still being read
  std::uint64_t exchange_ = 0;
  Time begun_at_{};
  bool serving_ = false;            // between begin_exchange and end_exchange
  bool close_after_ = false;        // this answer is the last
  bool cut_off_ = false;            // a stream that is not whole: close as soon as what there is was sent
  std::shared_ptr<Channel> channel_;
  bool channel_full_ = false;       // load: waits for room
  bool head_sent_ = false;          // dump
  std::shared_ptr<events::Tail> tail_;
  std::uint64_t followed_to_ = 0;   // the position that the client was told last
};

}  // namespace backplane::http
