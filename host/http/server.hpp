// The HTTP server: serves the routes of route.hpp on a loopback address, with a few I/O threads, each with its own
// connections. The application starts and stops it.
//
// Operations are submitted on an I/O thread and may be answered on any. The views of Surroundings are called on I/O threads:
// they must not block.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "events/bus.hpp"
#include "http/surroundings.hpp"
#include "manifest/settings.hpp"
#include "operation/request.hpp"
#include "operation/transfer.hpp"

namespace backplane::http {

class Server {
 public:
  // Listens and serves. `operations`, `transfers` and `bus` must outlive the server and everything that it has begun.
  // invalid_argument: an address that is not an IP address; unsupported: one that is not loopback; unavailable: one that
  // cannot be listened on, such as a port in use.
  static base::Result<std::unique_ptr<Server>> start(const manifest::HttpSettings& settings, operation::Operations& operations,
                                                     operation::Transfers& transfers, events::Bus& bus,
                                                     Surroundings surroundings);

  ~Server();  // stops at once, when it was not stopped
  Server(Server&&) = delete;

  std::uint16_t port() const;

  // Accepts nothing more, closes idle connections, finishes what was accepted. Returns when all is done, at the latest
  // at `deadline`: with the number of requests that were cut off then. Once.
  std::size_t stop(std::chrono::steady_clock::time_point deadline);

  // After stop(): threads that still read the store for a request that is over. What they use must stay.
  std::size_t left_behind() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace backplane::http
