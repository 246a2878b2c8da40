// backplane event tail: follows the event log, and takes up again where it was when the connection breaks.
#include <algorithm>
#include <ostream>
#include <thread>

#include "app/ask.hpp"
#include "app/event_line.hpp"
#include "app/event_request.hpp"
#include "app/event_stream.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;

constexpr std::chrono::seconds quiet_at_most{45};   // the host says something every 15 seconds
constexpr std::chrono::milliseconds pause_before_retry{500};
constexpr int most_retries = 120;                   // in a row: a minute

// The position before the last so many events, where there are more than that.
std::uint64_t position_before(const Json& newest_first) {
  const Json& items = newest_first["items"];
  return newest_first["next"].is_null() || items.empty() ? 0 : items.back()["position"].get<std::uint64_t>() - 1;
}

class Follower {
 public:
  Follower(const EventTailOptions& options, Context& context)
      : options_(options),
        context_(context),
        colors_(options.no_color ? Colors::off : colors_for(context.console)) {}

  // One connection. True: it broke, and can be taken up again.
  bool follow(const http::Client& client, const std::string& target, Failure& failure) {
    http::Client::Request request{.target = target, .headers = headers_of(context_.connection)};
    if (!stream_.last_id().empty()) request.headers.emplace_back("Last-Event-ID", stream_.last_id());
    const auto reply = client.receive(request, [&](std::string_view bytes) -> Result<void> {
      failures_ = 0;
      stream_.take(bytes, [&](const EventStream::Message& message) { return show(message); });
      context_.console.out.flush();
      if (done_ || !context_.console.out) return Error{Code::cancelled, ""};
      return base::ok();
    });
    stream_.restart();
    if (reply && !reply->succeeded()) {
      failure = failure_of(*reply);
      return failure.error.code == Code::unavailable && began_;
    }
    began_ = began_ || reply || !stream_.last_id().empty();
    if (!reply) failure.error = reply.error();
    return began_ && !done_ && ++failures_ < most_retries;
  }

  bool done() const { return done_; }

 private:
  bool show(const EventStream::Message& message) {
    std::ostream& out = context_.console.out;
    if (message.kind == "missed") {
      context_.console.err << "the log no longer has some events: " << message.data << '\n';
      return true;
    }
    const Json event = Json::parse(message.data, nullptr, false);
    if (event.is_discarded()) return true;
    out << (context_.output.json ? message.data : event_line(event, colors_)) << '\n';
    done_ = options_.count && ++shown_ >= *options_.count;
    return !done_;
  }

  const EventTailOptions& options_;
  Context& context_;
  const Colors colors_;
  EventStream stream_;
  std::uint64_t shown_ = 0;
  int failures_ = 0;
  bool began_ = false;
  bool done_ = false;
};

}  // namespace

ExitCode carry_out(const EventTailOptions& options, Context& context) {
  context.connection.timeout = std::max<std::chrono::milliseconds>(context.connection.timeout, quiet_at_most);
  std::optional<std::uint64_t> after = options.after;
  if (options.last) {
    http::RequestTarget newest("/v1/events");
    add_filter(newest, options.filter);
    const auto [answer, code] = ask(context, {.target = newest.query("order", "newest").query("limit", std::to_string(*options.last)).text()});
    if (!answer) return code;
    after = position_before(*answer);
  }
  http::RequestTarget target("/v1/events/stream");
  add_filter(target, options.filter);
  add_number(target, "after", after);

  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());
  Follower follower(options, context);
  Failure failure;
  while (follower.follow(*client, target.text(), failure)) {
    std::this_thread::sleep_for(pause_before_retry);
  }
  return follower.done() ? ExitCode::done : report(context, failure);
}

}  // namespace backplane::app
