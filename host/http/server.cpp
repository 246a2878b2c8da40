#include "http/server.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "http/loop.hpp"
#include "http/openapi.hpp"

namespace backplane::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t most_turned_away = 64;  // beyond that they are closed without a word
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds transfer_grace{200};
constexpr std::chrono::seconds errand_grace{10};  // longer than any takes: what it uses is about to go

base::Error cannot_listen(const manifest::HttpSettings& settings, base::Code code, std::string_view wanted, std::string_view found) {
  std::string message = "http: listen on " + settings.address + ":" + std::to_string(settings.port);
  message.append(": wanted ").append(wanted).append(", found ").append(found);
  return {.code = code, .message = std::move(message)};
}

std::size_t threads_of(const manifest::HttpSettings& settings) {
  if (settings.threads > 0) return settings.threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

}  // namespace

struct Server::State {
  State(const manifest::HttpSettings& chosen, operation::Operations& operations, operation::Transfers& all_transfers,
        events::Bus& bus, Surroundings surroundings)
      : settings(chosen), house{std::move(surroundings)}, transfers(all_transfers) {
    house.openapi = describe_routes();
    house.own_metrics = [this] { return metrics(); };
    for (std::size_t i = 0; i < threads_of(settings); ++i) {
      loops.push_back(std::make_unique<Loop>(Services{settings, house, operations, transfers, bus, errands}, census));
    }
    acceptor.emplace(loops[0]->context());
    pause.emplace(loops[0]->context());
  }

  base::Result<void> listen();
  void accept();
  void welcome(Loop& loop, tcp::socket socket);
  void take_backlog();
  void stop_accepting();
  std::string metrics() const;

  const manifest::HttpSettings settings;
  House house;
  TransferRunner transfers;
  ThreadQuota errands{most_errands};
  Census census;
  std::vector<std::unique_ptr<Loop>> loops;
  std::size_t next_loop = 0;
  std::size_t left_behind = 0;
  std::optional<tcp::acceptor> acceptor;       // on the first loop's thread
  std::optional<asio::steady_timer> pause;
  std::uint16_t port = 0;
  bool stopped = false;
};

base::Result<void> Server::State::listen() {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(settings.address, error);
  if (error) return cannot_listen(settings, base::Code::invalid_argument, "an IP address", "\"" + settings.address + "\"");
  if (!address.is_loopback()) {
    return cannot_listen(settings, base::Code::unsupported, "a loopback address (127.0.0.0/8 or ::1), because callers are not authenticated",
                         settings.address);
  }
  const tcp::endpoint endpoint(address, settings.port);
  acceptor->open(endpoint.protocol(), error);
  // On Windows the option would let two servers listen on one port.
#ifndef _WIN32
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
#endif
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(settings, base::Code::unavailable, "a free port", error.message());
  acceptor->non_blocking(true, error);
  port = acceptor->local_endpoint(error).port();
  return base::ok();
}

void Server::State::accept() {
  Loop& loop = *loops[next_loop];
  acceptor->async_accept(loop.context(), [this, &loop](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor->is_open()) return;
    if (!error) {
      next_loop = (next_loop + 1) % loops.size();
      welcome(loop, std::move(socket));
      return accept();
    }
    // Out of descriptors or memory: others must end first.
    base::log_warning("http", "accept: wanted a connection, found " + error.message());
    pause->expires_after(accept_pause);
    pause->async_wait([this](error_code cancelled) {
      if (!cancelled && acceptor->is_open()) accept();
    });
  });
}

void Server::State::welcome(Loop& loop, tcp::socket socket) {
  Census::Kind kind = Census::Kind::served;
  if (census.count(kind) >= settings.max_connections) kind = Census::Kind::turned_away;
  if (kind == Census::Kind::turned_away && census.count(kind) >= most_turned_away) return;
  census.enter(kind);
  loop.adopt(std::move(socket), kind);
}

// Connections that the system has accepted for us already.
void Server::State::take_backlog() {
  while (true) {
    Loop& loop = *loops[next_loop];
    tcp::socket socket(loop.context());
    error_code error;
    acceptor->accept(socket, error);
    if (error) return;
    next_loop = (next_loop + 1) % loops.size();
    welcome(loop, std::move(socket));
  }
}

void Server::State::stop_accepting() {
  std::promise<void> done;
  asio::post(loops[0]->context(), [&] {
    take_backlog();
    error_code ignored;
    acceptor->close(ignored);
    pause->cancel();
    done.set_value();
  });
  done.get_future().wait();
}

std::string Server::State::metrics() const {
  std::vector<const Figures*> all;
  all.reserve(loops.size());
  for (const auto& loop : loops) all.push_back(&loop->figures());
  return to_prometheus(all);
}

base::Result<std::unique_ptr<Server>> Server::start(const manifest::HttpSettings& settings, operation::Operations& operations,
                                                    operation::Transfers& transfers, events::Bus& bus, Surroundings surroundings) {
  auto state = std::make_unique<State>(settings, operations, transfers, bus, std::move(surroundings));
  BACKPLANE_CHECK(state->listen());
  state->accept();
  for (const auto& loop : state->loops) loop->start();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  if (!state_->stopped) stop(std::chrono::steady_clock::now());
}

std::uint16_t Server::port() const { return state_->port; }

std::size_t Server::stop(std::chrono::steady_clock::time_point deadline) {
  State& state = *state_;
  state.stopped = true;
  state.house.draining = true;
  state.stop_accepting();
  for (const auto& loop : state.loops) loop->drain();
  state.census.wait_until_empty(deadline);
  std::size_t cut_off = 0;
  for (const auto& loop : state.loops) cut_off += loop->stop();
  // Their channels are closed now: those that still run are about to notice.
  const auto now = std::chrono::steady_clock::now();
  state.left_behind = state.transfers.wait(now + transfer_grace) + state.errands.wait(now + errand_grace);
  if (state.left_behind > 0)
    base::log_warning("http", std::to_string(state.left_behind) + " requests that read the store did not end and are left behind");
  return cut_off;
}

std::size_t Server::left_behind() const { return state_->left_behind; }

}  // namespace backplane::http
