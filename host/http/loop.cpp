#include "http/loop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

namespace backplane::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Timeouts are looked at a few times within the shortest of them.
std::chrono::microseconds interval_of(const manifest::HttpSettings& settings) {
  std::chrono::microseconds shortest = std::chrono::seconds(1);
  for (const manifest::Duration timeout : {settings.header_timeout, settings.body_timeout, settings.idle_timeout}) {
    if (timeout.count() > 0) shortest = std::min(shortest, timeout);
  }
  return std::max<std::chrono::microseconds>(shortest / 4, std::chrono::milliseconds(5));
}

}  // namespace

void Census::enter(Kind kind) { ++counts_[static_cast<std::size_t>(kind)]; }

void Census::leave(Kind kind) {
  // The one that waits may be gone as soon as it can see zero: so it sees it under the lock only.
  const std::lock_guard lock(mutex_);
  --counts_[static_cast<std::size_t>(kind)];
  emptied_.notify_all();
}

void Census::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  emptied_.wait_until(lock, deadline, [&] { return count(Kind::served) + count(Kind::turned_away) == 0; });
}

Loop::Loop(const Services& services, Census& census)
    : census_(census),
      station_{services, std::make_shared<Mailbox>([this] { asio::post(context_, [this] { read_mail(); }); }), figures_},
      work_(context_.get_executor()),
      timer_(context_),
      interval_(interval_of(services.settings)) {}

Loop::~Loop() { station_.mailbox->close(); }

void Loop::start() {
  thread_ = std::thread([this] { context_.run(); });
}

void Loop::adopt(asio::ip::tcp::socket socket, Census::Kind kind) {
  asio::post(context_, [this, kind, taken = std::move(socket)]() mutable { open(std::move(taken), kind); });
}

void Loop::open(asio::ip::tcp::socket socket, Census::Kind kind) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(seats_.size()));
    seats_.emplace_back();
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  figures_.connections_opened.add();
  auto connection = std::make_shared<Connection>(std::move(socket), station_, number, [this, number] { leave(number); });
  seats_[number] = {connection, kind};
  if (kind == Census::Kind::turned_away) {
    figures_.connections_refused.add();
    connection->session().turn_away(std::chrono::steady_clock::now());
  }
  connection->pump();
  if (station_.house.draining) connection->drain();
  if (!ticking_) tick();
}

void Loop::leave(std::uint32_t number) {
  const Census::Kind kind = seats_[number].kind;
  seats_[number] = {};
  free_.push_back(number);
  figures_.connections_closed.add();
  census_.leave(kind);
}

void Loop::read_mail() {
  for (Letter& letter : station_.mailbox->take()) {
    if (letter.to.connection >= seats_.size()) continue;
    const auto connection = seats_[letter.to.connection].connection;
    if (!connection || connection->session().exchange() != letter.to.exchange) continue;
    connection->session().deliver(std::move(letter.news), std::chrono::steady_clock::now());
    connection->pump();
  }
}

// Runs while there are connections.
void Loop::tick() {
  ticking_ = free_.size() < seats_.size();
  if (!ticking_) return;
  timer_.expires_after(interval_);
  timer_.async_wait([this](error_code error) {
    if (error) return;
    const Time now = std::chrono::steady_clock::now();
    for (const Seat& seat : seats_) {
      const auto connection = seat.connection;
      if (!connection) continue;
      connection->session().expire(now);
      connection->pump();
    }
    tick();
  });
}

void Loop::drain() {
  asio::post(context_, [this] {
    for (const Seat& seat : seats_) {
      if (const auto connection = seat.connection) connection->drain();
    }
  });
}

std::size_t Loop::stop() {
  std::promise<std::size_t> answered;
  asio::post(context_, [&] {
    station_.mailbox->close();
    std::size_t cut_off = 0;
    for (const Seat& seat : seats_) {
      const auto connection = seat.connection;
      if (!connection) continue;
      if (connection->session().busy()) ++cut_off;
      connection->close();
    }
    timer_.cancel();
    work_.reset();
    answered.set_value(cut_off);
  });
  const std::size_t cut_off = answered.get_future().get();
  thread_.join();
  return cut_off;
}

}  // namespace backplane::http
